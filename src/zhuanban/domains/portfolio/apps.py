"""portfolio: the city's projects, their money, stages, lists and goals."""

from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "zhuanban.domains.portfolio"
    label = "portfolio"
