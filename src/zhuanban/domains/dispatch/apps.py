"""dispatch: the day's track, the traffic light that tells the truth by rule, the weekly meeting that forgets nothing."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "zhuanban.domains.dispatch"
    label = "dispatch"
