"""The town of the house tests, and clients that walk through it."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction
from django.test import Client

from zhuanban.kernel import clock

DAY = date(2023, 2, 10)


@pytest.fixture(scope="module")
def standing_town(django_db_setup, django_db_blocker):
    """The module's town. It is rolled back when the module is done."""
    from town import Town

    from zhuanban.site import seeds

    clock.set_shift(clock.shift_to(DAY))
    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        try:
            seeds.load()
            yield Town()
        finally:
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)


@pytest.fixture
def town(standing_town, db):
    """The town; what a test changes is undone after it."""
    return standing_town


@pytest.fixture
def enter():
    """A browser signed in as this person; what goes wrong in a page comes back as the page that a person would see."""

    def signed_in(user, **options) -> Client:
        browser = Client(raise_request_exception=False, **options)
        browser.force_login(user)
        return browser

    return signed_in
