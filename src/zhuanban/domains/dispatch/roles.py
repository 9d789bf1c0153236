"""What each role may do in dispatch, feature by feature."""

from zhuanban.kernel.roles import allow

# The day's track
allow(
    "project_secretary",
    "centre_dispatcher",
    verbs=("dispatch.file_track", "dispatch.correct_track", "dispatch.add_photo", "dispatch.add_housing", "dispatch.close_housing"),
)
allow("centre_dispatcher", verbs=("dispatch.remind_missing",))

# The traffic light
allow("project_secretary", "owner", "enterprise_admin", verbs=("dispatch.state_own_light",))
allow("centre_dispatcher", verbs=("dispatch.override_light", "dispatch.lift_override"))
allow(
    "centre_dispatcher",
    verbs=(
        *("dispatch.draft_light_rules", "dispatch.revise_light_rules", "dispatch.try_light_rules"),
        *("dispatch.adopt_light_rules", "dispatch.drop_light_rules"),
    ),
)
allow("city_leader", verbs=("dispatch.adopt_light_rules",))

# Rankings
allow("centre_dispatcher", verbs=("dispatch.publish_ranking", "dispatch.withdraw_ranking"))

# The weekly dispatch
RUN_MEETINGS = (
    *("dispatch.revise_series", "dispatch.plan_meeting", "dispatch.reschedule_meeting", "dispatch.call_off_meeting", "dispatch.invite"),
    *("dispatch.build_agenda", "dispatch.add_item", "dispatch.arrange_item", "dispatch.drop_item", "dispatch.restore_item"),
    *("dispatch.open_meeting", "dispatch.call_roll", "dispatch.note_attendance", "dispatch.decide", "dispatch.close_meeting"),
    *("dispatch.issue_minutes", "dispatch.withdraw_decision"),
)
"""What whoever runs a series does: the centre's dispatchers, and the lead of a task force for the force's own."""
allow("centre_dispatcher", verbs=("dispatch.set_up_series", *RUN_MEETINGS))
allow("task_force_lead", verbs=RUN_MEETINGS)
allow("city_leader", "district_leader", verbs=("dispatch.add_item",))
allow(
    *("centre_dispatcher", "city_leader", "district_leader", "task_force_lead", "task_force_member", "project_secretary"),
    *("case_handler", "approver", "utility_user"),
    verbs=("dispatch.carry_out",),
)
