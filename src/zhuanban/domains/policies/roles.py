"""What each role may do with policies."""

from zhuanban.kernel.roles import allow

allow(
    "enterprise_admin",
    "enterprise_staff",
    "owner",
    verbs=("policies.claim", "policies.submit_claim", "policies.confirm_claim", "policies.withdraw_claim"),
)
allow(
    "policy_owner",
    verbs=(
        "policies.match_claims",
        "policies.check_claim",
        "policies.review_claim",
        "policies.notify_claim",
        "policies.announce_claim",
        "policies.raise_objection",
        "policies.settle_objection",
        "policies.end_notice",
        "policies.reject_claim",
        "policies.claw_back",
        "policies.propose_budget",
        "policies.save_scenario",
        "policies.drop_scenario",
    ),
)
allow(
    "payer",
    verbs=(
        "policies.approve_budget",
        "policies.draft_pay_run",
        "policies.approve_pay_run",
        "policies.settle_pay_run",
        "policies.discard_pay_run",
        "policies.record_return",
    ),
)
allow("inspector", "centre_dispatcher", verbs=("policies.raise_objection",))

allow(
    "policy_owner",
    verbs=(
        "policies.add_item",
        "policies.draft",
        "policies.write",
        "policies.measure",
        "policies.submit",
        "policies.send_back",
        "policies.publish",
        "policies.withdraw",
    ),
)
