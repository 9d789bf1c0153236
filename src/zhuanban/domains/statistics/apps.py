"""statistics: a project's entry into official statistics: the pack, its states, reporting months and the differences."""

from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    name = "zhuanban.domains.statistics"
    label = "statistics"
