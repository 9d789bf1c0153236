"""What each role may do with factors."""

from zhuanban.kernel.roles import allow

GIVE = ("factors.promise", "factors.repromise", "factors.supply", "factors.refuse", "factors.enter_survey", "factors.set_capacity")
"""What an office answers that can give something."""
ASK = ("factors.request", "factors.correct_request", "factors.withdraw_request", "factors.verify", "factors.apply_funding")
"""What the side of the project does."""
SITE = ("factors.plan_stock", "factors.revise_stock")

allow("utility_user", "case_handler", "approver", verbs=GIVE)
allow("project_secretary", "task_force_lead", "task_force_member", verbs=(*ASK, *SITE))
allow("owner", "enterprise_admin", "enterprise_staff", verbs=(*ASK, *SITE))
allow(
    "centre_dispatcher",
    verbs=(
        *(*GIVE, *ASK, *SITE),
        *("factors.open_survey", "factors.register_point", "factors.issue_pass", "factors.renew_pass"),
        *("factors.open_batch", "factors.approve_funding", "factors.reject_funding", "factors.draw_funding"),
        *("factors.offer_supply", "factors.take_offer", "factors.withdraw_offer"),
    ),
)
