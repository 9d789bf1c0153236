"""enterprises: a city's firms: the facts that policies and services ask of them, each with its source and day."""

from django.apps import AppConfig


class EnterprisesConfig(AppConfig):
    name = "zhuanban.domains.enterprises"
    label = "enterprises"
