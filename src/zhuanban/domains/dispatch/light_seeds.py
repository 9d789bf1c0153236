"""Loads the traffic light's rules that a city begins with, each version once."""

from __future__ import annotations

from pathlib import Path

import yaml
from django.utils.translation import gettext_noop

from zhuanban.domains.dispatch.models import LightRuleSet
from zhuanban.domains.dispatch.rules.light_rules import Rules
from zhuanban.domains.responsibility.queries import city_key
from zhuanban.kernel import access, clock


def load(path: Path) -> None:
    """Add the versions of a seed file that are not there yet. Raises WrongRules for a set that cannot be used."""
    known = set(LightRuleSet.objects.values_list("number", flat=True))
    rows = [row for row in yaml.safe_load(path.read_text(encoding="utf-8")) if row["number"] not in known]
    if not rows:
        return
    ledger, at = access.ledger("lights", title=gettext_noop("红黄绿灯规则"), area=city_key()), clock.now()
    for row in rows:
        Rules.read(row["thresholds"])
        LightRuleSet.objects.create(
            dossier=ledger, state=LightRuleSet.State.ADOPTED, adopted_at=at, created_at=at, updated_at=at, source=path.name, **row
        )
