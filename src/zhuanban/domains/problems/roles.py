"""What each role may do with problems."""

from zhuanban.kernel.roles import allow

ANSWER = (
    "problems.take",
    "problems.solve",
    "problems.delegate",
    "problems.refuse",
    "problems.ask_time",
    "problems.pause",
    "problems.resume",
    "problems.escalate",
    "problems.consult",
    "problems.ask_not_accept",
    "problems.log_contact",
    "problems.carry_out",
    "problems.answer_supervision",
)
"""What whoever holds a problem may do."""
UPPER = ("problems.de_escalate", "problems.grant_time", "problems.deny_time", "problems.not_accept", "problems.keep_open")
"""What the tier above decides."""

allow("project_secretary", verbs=("problems.report", *ANSWER, "problems.urge", "problems.confirm", "problems.reopen"))
allow("task_force_lead", "task_force_member", verbs=("problems.report", *ANSWER, *UPPER, "problems.answer_consult", "problems.urge"))
allow("case_handler", "approver", "utility_user", verbs=(*ANSWER, "problems.answer_consult"))
allow(
    "centre_dispatcher",
    verbs=(
        *("problems.report", *ANSWER, *UPPER),
        *(
            "problems.triage",
            "problems.merge",
            "problems.supervise",
            "problems.urge",
            "problems.recall",
            "problems.close",
            "problems.reopen",
        ),
    ),
)
allow("city_leader", "district_leader", verbs=(*ANSWER, *UPPER, "problems.instruct", "problems.supervise", "problems.urge"))
allow("inspector", verbs=("problems.supervise", "problems.urge"))
allow(
    "owner",
    "enterprise_admin",
    "enterprise_staff",
    "resident_officer",
    verbs=(
        *("problems.report", "problems.urge", "problems.confirm", "problems.reopen"),
        *("problems.grant_time", "problems.deny_time"),
    ),
)
