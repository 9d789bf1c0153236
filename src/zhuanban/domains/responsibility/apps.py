"""responsibility: who carries a project, at which tier, from when to when."""

from django.apps import AppConfig


class ResponsibilityConfig(AppConfig):
    name = "zhuanban.domains.responsibility"
    label = "responsibility"
