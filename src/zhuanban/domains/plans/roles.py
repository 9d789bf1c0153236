"""What each role may do with plans."""

from zhuanban.kernel.roles import allow

REPORT = ("plans.reach", "plans.request_date", "plans.withdraw_date", "plans.log_disruption", "plans.end_disruption")
"""What happens on the site, and what is asked for."""
NETWORK = (
    "plans.make_plan",
    "plans.change",
    "plans.undo",
    "plans.recompute",
    "plans.import_plan",
    "plans.adopt",
    "plans.discard",
    "plans.describe",
)
"""The plan itself."""
PLAN = ("plans.open_nodes", "plans.add_node", "plans.promise_dates", "plans.add_item", "plans.measure")
DECIDE = ("plans.grant_date", "plans.deny_date")

allow("centre_dispatcher", verbs=(*REPORT, *PLAN, *NETWORK, *DECIDE, "plans.take_back", "plans.set_baseline"))
allow("project_secretary", verbs=(*REPORT, *PLAN, *NETWORK))
allow("task_force_lead", verbs=(*REPORT, *PLAN, *DECIDE))
allow("task_force_member", verbs=(*REPORT,))
allow("owner", "enterprise_admin", verbs=(*REPORT, *NETWORK, "plans.add_item"))
allow("district_leader", "city_leader", verbs=DECIDE)
