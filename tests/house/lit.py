"""Lights of the town's projects in every colour, a draft of new rules, and makers of more lights."""

from __future__ import annotations

from datetime import date, timedelta

from zhuanban.domains.dispatch.models import LightDay, LightRuleSet, ProjectLight
from zhuanban.domains.dispatch.queries import lights
from zhuanban.kernel import clock

COLOURS = ("red", "yellow", "green", "grey")


def light(project, level: str, computed: str, word: str, **said) -> ProjectLight:
    """A light with the district's word among its reasons, as if it had been computed today."""
    reasons = [{"rule": "node_slip", "level": computed, "value": 20, "bound": 15, "params": {"node": f"{word}节点", "due": "2023-01-21"}}]
    broken = reasons if computed in {"red", "yellow"} else []
    row = ProjectLight.objects.create(
        project=project,
        level=level,
        computed=computed,
        severity={"red": 310, "yellow": 201, "grey": 100, "green": 0}[level],
        worst="node_slip" if broken else "",
        reasons=broken,
        missing=["no_report"] if level == "grey" else [],
        since=date(2023, 2, 1),
        rules=lights.rules_in_force(),
        computed_at=clock.now() + timedelta(minutes=5),
        **said,
    )
    LightDay.objects.create(
        project=project, day=date(2023, 2, 1), level=level, computed=computed, reasons=broken, red_days=12 if level == "green" else None
    )
    return row


def give_lights(town, area: str, word: str) -> ProjectLight:
    """A red light that the owner calls green, and a yellow one by the dispatcher's hand; returns the red one."""
    site, lead = town.projects[area]
    override = {
        "override": "yellow",
        "override_reason": f"{word}调整",
        "override_until": date(2023, 2, 20),
        "override_by": town.dispatcher,
    }
    light(lead, "yellow", "red", word, **override)
    return light(site, "red", "red", word, own_level="green", own_note=f"{word}自报", own_at=clock.now(), own_by=town.dispatcher)


def give_other_colours(town, here: str, there: str) -> None:
    """A green and a grey light in each district."""
    for area in (here, there):
        firm = town.firms[area][1]
        for level in ("green", "grey"):
            light(town.bare_project(area, firm, "ready"), level, level, "")


def draft_rules(town) -> LightRuleSet:
    """New rules that somebody wrote and tried, waiting for another person."""
    force = lights.rules_in_force()
    author = town.account()
    at = clock.now()
    return LightRuleSet.objects.create(
        dossier=force.dossier,
        number=force.number + 1,
        effective_from=clock.today(),
        basis="测试",
        thresholds=force.thresholds,
        tried_at=at,
        created_at=at,
        created_by=author,
        updated_at=at,
        updated_by=author,
    )


def fill_lights(town, number: int) -> None:
    """Ties in every column that sorts; names as they come; every colour, every third overridden, every second with an own light."""
    from town import HERE, NASTY

    for at in range(number):
        project = town.bare_project(HERE, None, ("under_construction", "ready")[at % 2], name=NASTY[at % len(NASTY)])
        said = {"own_level": COLOURS[at % 3], "own_at": clock.now()} if at % 2 else {}
        if at % 3 == 0:
            said |= {"override": "yellow", "override_reason": "测试", "override_until": date(2023, 2, 20), "override_by": town.dispatcher}
        light(project, COLOURS[at % 4], COLOURS[at % 4], "", **said)
