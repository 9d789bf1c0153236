"""factors: land, power, water, heat, labour, money and materials that a project needs, and what was promised and given."""

from django.apps import AppConfig


class FactorsConfig(AppConfig):
    name = "zhuanban.domains.factors"
    label = "factors"
