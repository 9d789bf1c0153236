"""What each role may do with campaigns."""

from zhuanban.kernel.roles import allow

allow(
    "centre_dispatcher",
    verbs=("campaigns.launch", "campaigns.add_field", "campaigns.add_task", "campaigns.set_target", "campaigns.finish"),
)
