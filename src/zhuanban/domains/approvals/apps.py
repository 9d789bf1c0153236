"""approvals: a project's way through its permits: the catalogue, the plan as a graph, cases with clocks, certificates."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "zhuanban.domains.approvals"
    label = "approvals"
