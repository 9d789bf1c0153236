"""people: areas, organisations, posts, accounts, roles and grants."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "zhuanban.domains.people"
    label = "people"
