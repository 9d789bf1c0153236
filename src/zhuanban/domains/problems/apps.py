"""problems: every obstacle has a person and a clock, and rises by itself when the clock runs out."""

from django.apps import AppConfig


class ProblemsConfig(AppConfig):
    name = "zhuanban.domains.problems"
    label = "problems"
