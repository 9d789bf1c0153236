"""The three administrators, each with the own ledger and none with business data."""

from __future__ import annotations

from typing import Any

from zhuanban.domains.cockpit.homes import parts
from zhuanban.domains.cockpit.homes.parts import SIDE, Home, Section
from zhuanban.domains.cockpit.queries import desks
from zhuanban.kernel import clock


def security(user: Any) -> Home:
    """Rights to approve, accounts that are locked, grants that end."""
    return Home([parts.owed(user), Section("accounts", SIDE, lambda: desks.accounts(user) | {"today": clock.today()}, later=True)])


def system(user: Any) -> Home:
    """Jobs, the calendar of the year to come, rules that come into force."""
    return Home([parts.owed(user), Section("machinery", SIDE, desks.machinery, later=True)])


def audit(user: Any) -> Home:
    """The newest seal, and a week of rights, exports and sign-ins."""
    return Home([parts.owed(user), Section("trail", SIDE, desks.trail, later=True)])
