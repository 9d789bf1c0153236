"""Addresses of plans."""

from django.urls import path

from zhuanban.domains.plans import portfolio_pages
from zhuanban.domains.plans.pages import imports, nodes, plan, portfolio

app_name = "plans"
urlpatterns = [
    path("nodes/", nodes.node_list, name="nodes"),
    path("nodes/<int:pk>/effect/", nodes.effect, name="effect"),
    path("chart/", portfolio.chart, name="chart"),
    path("chart/rows/", portfolio.chart_rows, name="chart_rows"),
    path("winter/", portfolio_pages.winter, name="winter"),
    path("back-test/", portfolio_pages.back_test, name="backtest"),
    path("projects/<int:pk>/", plan.plan_page, name="plan"),
    path("projects/<int:pk>/rows/", plan.gantt_rows, name="gantt_rows"),
    path("projects/<int:pk>/what-if/", plan.what_if, name="what_if"),
    path("projects/<int:pk>/preview/", plan.preview, name="preview"),
    path("projects/<int:pk>/print/", plan.printed, name="print"),
    path("projects/<int:pk>/import/", imports.import_page, name="import"),
    path("drafts/<int:pk>/", imports.draft_page, name="draft"),
]
