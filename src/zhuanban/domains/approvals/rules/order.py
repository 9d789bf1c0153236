"""The lawful order of certificates: what must be done before an item, and what else makes it lawful."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from zhuanban.domains.approvals.models import (
    ApprovalCase,
    Certificate,
    Commitment,
    Facts,
    Item,
    ItemVersion,
    PermitPlan,
    Prerequisite,
    Truth,
    holds,
)
from zhuanban.domains.approvals.rules.project_facts import LARGE, MINOR, derived, used
from zhuanban.domains.portfolio.models import Project, Proof
from zhuanban.kernel import parameters

PLEDGED = (Commitment.State.SIGNED, Commitment.State.DECIDED, Commitment.State.CHECKED_OK, Commitment.State.CLOSED)
PROVED = {Proof.Kind.PLANNING: "CPP", Proof.Kind.CONSTRUCTION: "CP"}
"""Papers of the stage gates that are certificates of the catalogue."""


@dataclass(frozen=True)
class Standing:
    """What counts for the order: which items are done and since when, and which ones a lawful commitment stands for."""

    done: Mapping[str, date | None]
    pledged: frozenset[str] = frozenset()

    def lacking(self, needed: Iterable[str], on: date | None = None) -> list[str]:
        """The items among those needed that are neither done by that day nor stood for.

        >>> Standing({"LAND": date(2023, 2, 6)}).lacking(["LAND", "LUPP"], date(2023, 2, 7))
        ['LUPP']
        """
        return [code for code in needed if code not in self.pledged and not self._done(code, on)]

    def _done(self, code: str, on: date | None) -> bool:
        if code not in self.done:
            return False
        since = self.done[code]
        return on is None or since is None or since <= on


def facts_of(project: Project) -> Facts:
    """What is known of the project for conditions: what its own columns tell, and what somebody told for its permit plan."""
    plan = PermitPlan.objects.filter(project=project).first()
    return used(derived(project, parameters.value(MINOR), parameters.value(LARGE)), plan.stated if plan else {})


def needed_before(version: ItemVersion, facts: Facts, on: date) -> list[Item]:
    """The items that this one waits for; what a known fact rules out is not needed, what is unknown is."""
    rows = Prerequisite.objects.filter(version=version).select_related("needs")
    found = [row.needs for row in rows if holds(row.condition, facts) is not Truth.NO]
    return [item for item in found if not ruled_out(item, facts, on)]


def ruled_out(item: Item, facts: Facts, on: date) -> bool:
    """Whether the project surely does not need the item."""
    try:
        return holds(item.version_on(on).condition, facts) is Truth.NO
    except LookupError:
        return False


def done(project: Project) -> dict[str, date | None]:
    """Code of an item -> since when it is done: a day recorded in the plan, a paper of the stage gates, a decision where no document
    follows, a living certificate. What was revoked or has ended is not done."""
    plan = PermitPlan.objects.filter(project=project).first()
    recorded = {code: date.fromisoformat(day) for code, (day, _note) in plan.recorded.items()} if plan else {}
    proofs = Proof.objects.filter(project=project, kind__in=PROVED).exclude(issued_on=None).values_list("kind", "issued_on")
    decided = ApprovalCase.objects.filter(project=project, item__document_name="", state=ApprovalCase.State.APPROVED, mock=False).exclude(
        commitments__state=Commitment.State.REVOKED
    )
    held = Certificate.objects.filter(project=project, ended_on=None).values_list("item__code", "issued_on")
    return {
        **recorded,
        **{PROVED[Proof.Kind(kind)]: day for kind, day in proofs},
        **dict(decided.values_list("item__code", "decided_on")),
        **dict(held),
    }


def standing(case: ApprovalCase) -> Standing:
    """What counts for a case's own certificate."""
    rows = case.commitments.filter(state__in=PLEDGED).values_list("items__code", flat=True)
    return Standing(done(case.project), frozenset(code for code in rows if code))


def lacking(case: ApprovalCase, on: date) -> list[Item]:
    """The items that must come first and are neither done by that day nor stood for by a commitment."""
    needed = {item.code: item for item in needed_before(case.item_version, facts_of(case.project), on)}
    return [needed[code] for code in standing(case).lacking(needed, on)]
