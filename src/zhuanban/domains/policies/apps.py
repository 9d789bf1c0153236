"""policies: incentive policies as rules, what an enterprise is owed, claims and payments."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "zhuanban.domains.policies"
    label = "policies"
