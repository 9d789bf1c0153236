"""The kernel's Django app."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "zhuanban.kernel"
    label = "kernel"
    default_auto_field = "django.db.models.BigAutoField"
