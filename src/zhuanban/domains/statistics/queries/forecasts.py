"""In which month projects will be accepted into the bank, from where each stands and how long the others took."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import F, QuerySet, Subquery
from django.db.models import OuterRef as Outer
from django.utils.translation import gettext_lazy

from zhuanban.domains.plans.models import Node, Plan
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.statistics import pack
from zhuanban.domains.statistics.models import StatisticsEntry
from zhuanban.domains.statistics.queries.months import next_month, windows
from zhuanban.kernel import clock, deadlines, parameters

LEAD_DAYS = parameters.declare("statistics.lead_days", gettext_lazy("各状态到入库的天数（中位、八成把握）"), list)
LEAST_SAMPLES = parameters.declare("statistics.least_samples", gettext_lazy("按实际用时预测所需的已入库项目个数"), int)
FEWEST_LEFT = 5
"""So many projects must have waited longer than this one, for its remaining time to be taken from theirs."""
State = StatisticsEntry.State
CAREFUL = 0.8


@dataclass(frozen=True)
class Lead:
    """How long a state lasts until the bank: the sorted days of those that have been through, or the parameter's where too few have."""

    median: int
    careful: int
    samples: Sequence[int] = ()

    def left(self, waited: int, share: float) -> int:
        """The days that are still to come after so many have passed, at the median or with more care.

        Those that took longer than this one has waited tell; where hardly any did, the whole term is reckoned again.
        """
        tail = self.samples[bisect_right(self.samples, waited) :]
        if len(tail) >= FEWEST_LEFT:
            return tail[min(int(share * len(tail)), len(tail) - 1)] - waited
        term = self.median if share <= 0.5 else self.careful
        return max(term - waited, term // 2, 1)


@dataclass(frozen=True)
class Expected:
    """When a project is expected in the bank: at the median and with care."""

    project: int
    name: str
    state: str
    likely: date
    careful: date
    planned: date | None


@dataclass
class Outlook:
    """Months with what was accepted, what the plans' nodes promise, and what is expected."""

    months: list[date]
    accepted: Counter[date] = field(default_factory=Counter)
    planned: Counter[date] = field(default_factory=Counter)
    likely: Counter[date] = field(default_factory=Counter)
    careful: Counter[date] = field(default_factory=Counter)
    beyond: int = 0
    undated: int = 0
    expected: list[Expected] = field(default_factory=list)
    leads: Mapping[str, Lead] = field(default_factory=dict)


def leads() -> dict[str, Lead]:
    """State -> how long it takes from there, learned from the entries that were accepted. One query."""
    columns = {State.PACK_COMPLETE: "pack_on", State.SUBMITTED_COUNTY: "county_on", State.SUBMITTED_CITY: "city_on"}
    samples: dict[str, list[int]] = defaultdict(list)
    rows = StatisticsEntry.objects.exclude(bank_on=None).values_list("bank_on", "project__start_actual", *columns.values())
    for bank_on, start, *days in rows:
        if start is not None and start.precision == "day":
            samples[State.NOT_READY].append((bank_on - start.value).days)
        for state, day in zip(columns, days, strict=True):
            if day is not None:
                samples[state].append((bank_on - day).days)
    least = parameters.value(LEAST_SAMPLES)
    found = {}
    for state, median, careful in parameters.value(LEAD_DAYS):
        known = sorted(each for each in samples[state] if each >= 0)
        found[state] = (
            Lead(known[len(known) // 2], known[min(int(CAREFUL * len(known)), len(known) - 1)], known)
            if len(known) >= least
            else Lead(median, careful)
        )
    return found


def outlook(projects: QuerySet[Project], *, back: int = 6, ahead: int = 10) -> Outlook:
    """The months around today. Four queries; the months' windows are those of the calendar."""
    today = clock.today()
    first = today.replace(day=1)
    months = [_shifted(first, at) for at in range(-back, ahead)]
    found = Outlook(months, leads=leads())
    for bank_on, due in (
        StatisticsEntry.objects.filter(project__in=projects.values("pk"))
        .exclude(bank_on=None)
        .values_list("bank_on", _due("statistics", "project"))
    ):
        found.accepted[bank_on.replace(day=1)] += 1
        if due:
            found.planned[due.replace(day=1)] += 1
    window = _Windows()
    for row in _waiting(projects):
        begun = _begun(row)
        if begun is None:
            found.undated += 1
            continue
        each = _expected(row, begun, found.leads, today)
        found.expected.append(each)
        found.likely[window.month(each.likely)] += 1
        found.careful[window.month(each.careful)] += 1
        if each.planned:
            found.planned[each.planned.replace(day=1)] += 1
        found.beyond += window.month(each.likely) > months[-1]
    found.expected.sort(key=lambda each: (each.likely, each.project))
    return found


def _due(code: str, path: str) -> Subquery:
    """The date in force of a project's node."""
    return Subquery(Node.objects.filter(project=Outer(path), code=code, work=None).values("due_on")[:1])


def _waiting(projects: QuerySet[Project]) -> QuerySet[Project, Any]:
    """The projects that are to be in the bank and are not, with what tells when they will be."""
    rows = projects.filter(planned_investment__gte=parameters.value(pack.MONTHLY_FROM), entered_bank=False)
    rows = rows.exclude(stage__in=["cancelled", "archived", "lead", "negotiating"])
    return rows.order_by().values(
        "pk",
        "name",
        "start_actual",
        "start_planned",
        state=F("statistics_entry__state"),
        since=F("statistics_entry__state_since"),
        start_due=_due("start", "pk"),
        statistics_due=_due("statistics", "pk"),
        plan_start=Subquery(Plan.objects.filter(project=Outer("pk"), state=Plan.State.CURRENT).values("start_on")[:1]),
    )


def _begun(row: dict[str, Any]) -> date | None:
    """When the project began or is to begin: what happened, else its node, else its plan, else what was registered."""
    if row["start_actual"]:
        return row["start_actual"].last
    return row["start_due"] or row["plan_start"] or (row["start_planned"].last if row["start_planned"] else None)


def _expected(row: dict[str, Any], begun: date, known: Mapping[str, Lead], today: date) -> Expected:
    state = row["state"] or State.NOT_READY
    lead = known.get(state, known[State.NOT_READY])
    since = begun if state == State.NOT_READY else row["since"]
    since = max(since, today) if row["start_actual"] is None else since
    waited = max((today - since).days, 0)
    likely, careful = (max(since, today) + timedelta(days=lead.left(waited, share)) for share in (0.5, CAREFUL))
    return Expected(row["pk"], row["name"], state, likely, max(likely, careful), row["statistics_due"])


class _Windows:
    """The month that takes a new entry which is ready on a day: this one while its window is open, else the next."""

    def __init__(self) -> None:
        self.calendar = deadlines.calendar()
        self.until: dict[date, date] = {}

    def month(self, day: date) -> date:
        month = day.replace(day=1)
        if month not in self.until:
            self.until[month] = windows(month, self.calendar).entries_until
        return month if day <= self.until[month] else next_month(month)


def _shifted(month: date, by: int) -> date:
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)
