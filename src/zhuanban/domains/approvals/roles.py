"""What each role may do in approvals, feature by feature."""

from zhuanban.kernel.roles import allow

# The catalogue and permit plans
allow(
    "centre_dispatcher",
    verbs=(
        *("approvals.change_limit", "approvals.add_prerequisite", "approvals.remove_prerequisite"),
        *("approvals.change_lists", "approvals.weigh_paper", "approvals.set_desk"),
    ),
)
allow(
    *("centre_dispatcher", "project_secretary", "task_force_lead", "agent"),
    verbs=("approvals.plan_permits", "approvals.state_facts", "approvals.record_day"),
)
allow("owner", "enterprise_admin", verbs=("approvals.state_facts",))

# Cases
APPLY = ("approvals.open_case", "approvals.add_paper", "approvals.submit", "approvals.make_good", "approvals.report_correction")
SIGN = ("approvals.ask_tolerance", "approvals.sign_commitment", "approvals.withdraw")
"""What binds the owner: never the agent's."""
REPORT = ("approvals.report_start", "approvals.report_stop", "approvals.report_resumption")
allow("owner", "enterprise_admin", verbs=(*APPLY, *SIGN, *REPORT))
allow("enterprise_staff", verbs=APPLY)
allow("agent", verbs=("approvals.add_paper", "approvals.submit", "approvals.make_good", "approvals.report_correction"))
allow(
    "case_handler",
    verbs=(
        *("approvals.give_notice", "approvals.accept", "approvals.accept_tolerant", "approvals.extend_tolerance"),
        *("approvals.refuse_intake", "approvals.start_review", "approvals.pause", "approvals.resume"),
        *("approvals.ask_opinion", "approvals.give_opinion", "approvals.issue_certificate", "approvals.guide"),
        *("approvals.tell_commitment", "approvals.check_commitment", "approvals.order_correction", "approvals.close_commitment"),
        *("approvals.extend_start", "approvals.reverify"),
    ),
)
allow(
    "approver",
    verbs=(
        *("approvals.approve", "approvals.reject", "approvals.extend_term", "approvals.give_opinion", "approvals.guide"),
        *("approvals.issue_certificate", "approvals.revoke_commitment", "approvals.repair_credit"),
        *("approvals.extend_start", "approvals.void", "approvals.revoke"),
    ),
)
allow("utility_user", verbs=("approvals.give_opinion", "approvals.guide"))
allow("centre_dispatcher", verbs=("approvals.open_case", "approvals.appoint_agent", "approvals.guide", *REPORT))
allow("project_secretary", verbs=("approvals.open_case", *REPORT))
