"""What a project's own columns say of the facts that the catalogue's conditions ask for; what they do not say has to be told."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy

from zhuanban.domains.approvals.models import VALUES, Fact
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import parameters
from zhuanban.kernel.words import Words

MINOR = parameters.declare("approvals.minor_floor_m2", gettext_lazy("不需施工许可的建筑面积（平方米以下）"), int)
LARGE = parameters.declare("approvals.large_floor_m2", gettext_lazy("大型工程的建筑面积（平方米以上）"), int)
TOLD = tuple(fact for fact in Fact if fact not in (Fact.REGIME, Fact.INVESTMENT, Fact.BUILD))
"""Facts that somebody tells for the plan; the others stand on the project itself."""


def derived(project: Project, minor: int, large: int) -> dict[str, str]:
    """The facts that the project's own columns tell; those that they do not tell are absent."""
    known = {
        Fact.REGIME: project.permission_regime,
        Fact.INVESTMENT: project.investment_kind,
        Fact.BUILD: project.build_kind,
        Fact.WORKS: works_of(project.build_kind, project.floor_area_m2, minor, large),
    }
    return {str(name): str(value) for name, value in known.items() if value}


def works_of(build_kind: str, floor: Decimal | None, minor: int, large: int) -> str:
    """How large the works are, by floor area; equipment alone has none; without a floor area it is not known."""
    if build_kind == Project.BuildKind.EQUIPMENT:
        return "none"
    if floor is None:
        return ""
    return "minor" if floor <= minor else "large" if floor >= large else "ordinary"


def used(own: Mapping[str, str], stated: Mapping[str, str]) -> dict[str, str]:
    """What is told stands before what is derived."""
    return {**own, **{name: value for name, value in stated.items() if value in VALUES.get(name, ())}}


def words(facts: Mapping[str, str]) -> list[tuple[Words, Words]]:
    """Each fact with its value in words; None for what is not known."""
    return [(fact.label, VALUES[fact].get(facts.get(fact, ""), "")) for fact in Fact]


def condition_words(condition: Mapping[str, list[str]]) -> list[tuple[Words, list[Words]]]:
    """A condition's facts with the values that they may have."""
    return [(Fact(name).label, [VALUES[name][value] for value in values]) for name, values in condition.items()]
