"""Who may do what with responsibilities."""

from zhuanban.kernel.roles import allow

allow(
    "centre_dispatcher",
    verbs=(
        "responsibility.assign",
        "responsibility.hand_over",
        "responsibility.end",
        "responsibility.set_up_force",
        "responsibility.add_member",
        "responsibility.remove_member",
        "responsibility.name_lead",
        "responsibility.set_shift",
    ),
)
allow("city_leader", "district_leader", verbs=("responsibility.log_duty",))
