"""What each role may do in the portfolio."""

from zhuanban.kernel.roles import allow

KEEP = (
    "portfolio.register",
    "portfolio.revise",
    "portfolio.advance",
    "portfolio.reserve",
    "portfolio.suspend",
    "portfolio.resume",
    "portfolio.cancel",
    "portfolio.add_proof",
    "portfolio.plan_year",
    "portfolio.report_investment",
    "portfolio.set_fund",
    "portfolio.add_work",
    "portfolio.update_work",
    "portfolio.add_capacity",
    "portfolio.add_product",
    "portfolio.join_list",
    "portfolio.leave_list",
    "portfolio.tag",
    "portfolio.untag",
)
STEER = (
    "portfolio.move",
    "portfolio.lock_month",
    "portfolio.open_list",
    "portfolio.set_target",
    "portfolio.decide_contest",
    "portfolio.merge",
    "portfolio.keep_apart",
    "portfolio.open_green_channel",
    "portfolio.close_green_channel",
)

allow("centre_dispatcher", verbs=(*KEEP, *STEER, "portfolio.contest"))
allow("city_leader", verbs=("portfolio.override_gate", "portfolio.open_green_channel", "portfolio.close_green_channel"))
allow(
    "project_secretary",
    verbs=("portfolio.report_investment", "portfolio.add_proof", "portfolio.add_work", "portfolio.update_work", "portfolio.contest"),
)
allow("promoter", verbs=("portfolio.register", "portfolio.revise", "portfolio.advance"))
allow("owner", "enterprise_admin", verbs=("portfolio.contest", "portfolio.add_proof", "portfolio.report_investment"))
allow("statistician", "inspector", "district_leader", verbs=("portfolio.contest",))
