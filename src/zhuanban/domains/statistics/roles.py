"""What each role may do with statistics. A statistician checks, confirms and returns, and never edits what a project plans or reports."""

from zhuanban.kernel.roles import allow

PACK = (
    "statistics.add_paper",
    "statistics.revise_paper",
    "statistics.drop_paper",
    "statistics.complete_pack",
    "statistics.report_month",
)
REVIEW = (
    "statistics.submit_city",
    "statistics.return_pack",
    "statistics.accept_bank",
    "statistics.start_reporting",
    "statistics.finish",
    "statistics.confirm_figure",
    "statistics.confirm_all",
    "statistics.send_back_figure",
)
MONTHS = ("statistics.open_month", "statistics.move_window", "statistics.close_month", "statistics.remind_missing")
EXPLAIN = ("statistics.explain", "statistics.withdraw_explanation")

allow("project_secretary", verbs=(*PACK, *EXPLAIN, "statistics.open_entry", "statistics.submit_county"))
allow("owner", "enterprise_admin", verbs=(*PACK, "statistics.explain"))
allow(
    "centre_dispatcher",
    verbs=(*PACK, *EXPLAIN, *MONTHS, "statistics.open_entry", "statistics.submit_county", "statistics.state_span"),
)
allow("statistician", verbs=(*REVIEW, *EXPLAIN, *MONTHS))
