"""Plans of the demo city: nodes, networks, quantities and forecasts."""

from __future__ import annotations

from typing import Any

from zhuanban.domains.people.models import User
from zhuanban.site.demo import changes, nodes, schemes


def load(users: dict[str, User], facts: dict[str, Any], seed: int) -> None:
    """Everything of this module, after the projects."""
    nodes.load(users, facts, seed)
    changes.load_disruptions(users, seed)


def load_schemes(users: dict[str, User], seed: int) -> None:
    """Networks and forecasts, after the quantities that tell how far the works are; and the requests that wait on them."""
    schemes.load(seed)
    changes.load_requests(users, seed)
