"""The rules and registers that every installation begins with: each package's `seeds.load`, which leaves present rows alone."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.db import transaction

from zhuanban.site.apps import DOMAINS


def load() -> None:
    for package in ("kernel", *(f"domains.{domain}" for domain in DOMAINS)):
        name = f"zhuanban.{package}.seeds"
        if find_spec(name):
            with transaction.atomic():
                import_module(name).load()
