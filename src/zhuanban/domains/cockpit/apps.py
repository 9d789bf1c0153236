"""cockpit: the city's overview and everybody's first page."""

from django.apps import AppConfig


class CockpitConfig(AppConfig):
    name = "zhuanban.domains.cockpit"
    label = "cockpit"
