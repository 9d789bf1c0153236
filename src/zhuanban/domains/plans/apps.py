"""plans: nodes and their dates, quantities against plan, networks, baselines and honest forecasts."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "zhuanban.domains.plans"
    label = "plans"
