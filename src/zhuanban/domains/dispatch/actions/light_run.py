"""Computes the lights of many projects at once and writes what changed: today's rows, a row of history where the colour or the broken
rules changed, and a notice for those who must know of a red."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from zhuanban.domains.dispatch.models import LightDay, LightRuleSet, ProjectLight
from zhuanban.domains.dispatch.queries import light_facts, lights
from zhuanban.domains.dispatch.queries.light_facts import Among
from zhuanban.domains.dispatch.rules.light_rules import RED, Light, LightFacts, Rules, Standing, evaluate, step
from zhuanban.domains.dispatch.rules.light_words import why_words
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, columns, notices
from zhuanban.kernel.models import Deadline
from zhuanban.kernel.words import kept

CHUNK = 2000
"""Projects computed and written in one transaction."""
MANY = 3
"""A person who would hear of more new reds than this at once hears of them in one line."""
WRITTEN = (
    "level",
    "computed",
    "severity",
    "worst",
    "reasons",
    "missing",
    "since",
    "red_since",
    "red_on",
    "memory_until",
    "rules",
    "computed_at",
)
"""What a computation writes; a person's own light and override are never touched by it."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Run:
    """What a computation did: projects looked at, lights whose colour or reasons changed, lights that turned red."""

    projects: int = 0
    changed: int = 0
    turned_red: tuple[int, ...] = ()

    def __add__(self, other: Run) -> Run:
        return Run(self.projects + other.projects, self.changed + other.changed, self.turned_red + other.turned_red)


def recompute(progress: Progress = lambda done, total: None, *, tell: bool = True) -> Run:
    """Compute the lights of all projects. The first time nobody is told: what is red then was red before. Raises LookupError without
    rules in force."""
    row, first = lights.rules_in_force(), not ProjectLight.objects.exists()
    total, run = Project.objects.count(), Run()
    for among, size in light_facts.chunks(CHUNK):
        run += _compute(among, row)
        run = replace(run, projects=run.projects + size)
        progress(run.projects, total)
    if tell and not first:
        tell_of_reds(run.turned_red)
    return run


def recompute_some(projects: Iterable[int]) -> Run:
    """Compute the lights of some projects, after something happened to them."""
    run, row, ids = Run(), lights.rules_in_force(), sorted(set(projects))
    for at in range(0, len(ids), CHUNK):
        run += _compute(Among(ids=tuple(ids[at : at + CHUNK])), row)
    tell_of_reds(run.turned_red)
    return replace(run, projects=len(ids))


def _compute(among: Among, row: LightRuleSet) -> Run:
    """Read without a lock, write in one transaction. The instant is taken before reading, so that what happens meanwhile is newer."""
    rules, at, day = Rules.read(row.thresholds), clock.now(), clock.today()
    facts = light_facts.facts_on(among, day, rules)
    with transaction.atomic():
        before = {light.pk: light for light in ProjectLight.objects.select_for_update().filter(among.where())}
        return _write(among, facts, before, row, rules, at, day)


def _write(
    among: Among,
    facts: Mapping[int, LightFacts],
    before: Mapping[int, ProjectLight],
    row: LightRuleSet,
    rules: Rules,
    at: datetime,
    day: date,
) -> Run:
    made, altered, new_days, red = [], [], [], []
    lit: set[int] = set()
    synthetic = _synthetic(facts.keys() - before.keys())
    for pk, known in facts.items():
        light = evaluate(known, rules)
        if light is None:
            continue
        lit.add(pk)
        old = before.get(pk)
        stood = standing_of(old) if old else None
        stands, shown = step(stood, light, day, rules, override_of(old, day))
        fresh = light_row(old, pk, stands, shown, row, at, synthetic.get(pk, False))
        if old is None:
            made.append(fresh)
        elif _differs(old, fresh):
            altered.append(fresh)
        if stands.changed_from(stood):
            new_days.append(day_row(fresh, stands, day))
        if stands.computed == RED and (stood is None or stood.computed != RED):
            red.append(pk)
    gone = before.keys() - lit
    _save(among, made, altered, at)
    _put_out(gone, day)
    _write_days(new_days, day)
    return Run(0, len(new_days) + len(gone), tuple(red))


def _synthetic(projects: Iterable[int]) -> dict[int, bool]:
    projects = list(projects)
    return dict(Project.all_rows.filter(pk__in=projects).values_list("pk", "synthetic")) if projects else {}


def standing_of(row: ProjectLight) -> Standing:
    """How a stored light stands."""
    broken = tuple((reason["rule"], reason["level"]) for reason in row.reasons)
    return Standing(row.level, row.computed, broken, row.since, row.red_since, row.red_on, row.memory_until)


def override_of(row: ProjectLight | None, day: date) -> str:
    """The colour that a person set, while it holds."""
    return row.override if row and row.override_until and row.override_until >= day else ""


def light_row(
    old: ProjectLight | None, pk: int, stands: Standing, shown: Light, rules: LightRuleSet, at: datetime, synthetic: bool
) -> ProjectLight:
    """The row to be written; the columns that persons fill are carried along unchanged."""
    severity = replace(shown, level=stands.level).severity
    told: dict[str, Any] = {
        "level": stands.level,
        "computed": stands.computed,
        "severity": severity,
        "worst": shown.reasons[0].rule if shown.reasons else "",
        "reasons": [reason.as_json() for reason in shown.reasons],
        "missing": list(shown.missing),
        "since": stands.since,
        "red_since": stands.red_since,
        "red_on": stands.red_on,
        "memory_until": stands.memory_until,
        "rules": rules,
        "computed_at": at,
    }
    return ProjectLight(project_id=pk, synthetic=old.synthetic if old else synthetic, **told)


def _differs(old: ProjectLight, fresh: ProjectLight) -> bool:
    names = ("level", "computed", "reasons", "missing", "since", "red_since", "red_on", "memory_until", "rules_id")
    return any(getattr(old, name) != getattr(fresh, name) for name in names)


def _save(among: Among, made: list[ProjectLight], altered: list[ProjectLight], at: datetime) -> None:
    """One statement that says of all that they were looked at; then what is new, and what is another one."""
    ProjectLight.objects.filter(among.where()).update(computed_at=at)
    ProjectLight.objects.bulk_create(made, batch_size=500, ignore_conflicts=True)
    fields = [columns.named(ProjectLight, name) for name in WRITTEN]
    told = [[*(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields), row.pk] for row in altered]
    quote = connection.ops.quote_name
    setting = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    if told:
        with connection.cursor() as cursor:  # twice as fast as an upsert through the ORM, and most of a night's work
            cursor.executemany(f"UPDATE {quote(ProjectLight._meta.db_table)} SET {setting} WHERE project_id = %s", told)  # noqa: S608 - names of columns


def _put_out(gone: Iterable[int], day: date) -> None:
    """Projects that have no light any more: finished, called off, folded into another."""
    if gone := list(gone):
        ended = Deadline.objects.filter(pk__in=ProjectLight.objects.filter(pk__in=gone).values("override_deadline"))
        ended.filter(state=Deadline.State.OPEN).update(state=Deadline.State.CANCELLED, settled_at=clock.now())
        ProjectLight.objects.filter(pk__in=gone).delete()
        _write_days([LightDay(project_id=pk, day=day, level="", computed="") for pk in gone], day)


def day_row(row: ProjectLight, stands: Standing, day: date) -> LightDay:
    return LightDay(
        project_id=row.pk,
        day=day,
        level=stands.level,
        computed=stands.computed,
        reasons=row.reasons,
        red_days=stands.red_days,
        synthetic=row.synthetic,
    )


def _write_days(rows: list[LightDay], day: date) -> None:
    """End the rows that went on until today, and begin the new ones. What began today already is begun again."""
    for at in range(0, len(rows), 500):
        part = rows[at : at + 500]
        going = LightDay.objects.filter(project__in=[row.project_id for row in part])
        going.filter(day__gte=day).delete()
        going.filter(Q(to_day=None) | Q(to_day__gt=day)).update(to_day=day)
        LightDay.objects.bulk_create(part)


# Who hears of a red -----------------------------------------------------------------------------------------------------


def tell_of_reds(projects: Iterable[int]) -> int:
    """Tell the secretary, the leaders who carry the project and the dispatchers of its area; returns how many notices were left."""
    rows = list(ProjectLight.objects.filter(pk__in=list(projects)).select_related("project").order_by("-severity", "pk"))
    if not rows:
        return 0
    hear = lights.who_hears(row.project for row in rows)
    by_person: dict[int, list[ProjectLight]] = defaultdict(list)
    for row in rows:
        for person in hear[row.pk]:
            by_person[person].append(row)
    with kept():
        return _one_by_one(rows, by_person) + _in_one_line(by_person)


def _one_by_one(rows: list[ProjectLight], by_person: Mapping[int, list[ProjectLight]]) -> int:
    left = 0
    for row in rows:
        text = _("红灯：%(project)s（%(why)s）") % {"project": row.project, "why": why_words(row.reasons, 2)}
        people = [person for person, theirs in by_person.items() if len(theirs) <= MANY and row in theirs]
        left += len(notices.leave(dict.fromkeys(people, text), dossier=row.pk, url=row.get_absolute_url())) if people else 0
    return left


def _in_one_line(by_person: Mapping[int, list[ProjectLight]]) -> int:
    told = {
        person: _("%(n)s 个项目转为红灯：%(names)s 等") % {"n": len(theirs), "names": _("、").join(str(row.project) for row in theirs[:3])}
        for person, theirs in by_person.items()
        if len(theirs) > MANY
    }
    return len(notices.leave(told, dossier=None, url=f"{reverse('dispatch:lights')}?chip=red")) if told else 0


# The past ---------------------------------------------------------------------------------------------------------------


def reconstruct(days: Iterable[date]) -> Run:
    """Lay the history of lights for past days by the rules of each day, as far as stored records tell, and today's lights after it.

    Only where there is none yet: a history that was lived is never laid anew. Raises LookupError without rules in force, ValueError
    where there is a history already.
    """
    if LightDay.objects.exists() or ProjectLight.objects.exists():
        raise ValueError("there is a history of lights already")
    today, run = clock.today(), Run()
    days = [*sorted(day for day in set(days) if day < today), today]
    for among, size in light_facts.chunks(CHUNK):
        run += replace(_lay(among, days), projects=size)
    return run


def _lay(among: Among, days: list[date]) -> Run:
    """The days of some projects, one after another; each day by its own rules, read once."""
    sets = {day: lights.rules_in_force(day) for day in days}
    read = {row.pk: Rules.read(row.thresholds) for row in sets.values()}
    known = {pk: light_facts.Facts(among, [day for day in days if sets[day].pk == pk], rules) for pk, rules in read.items()}
    stands: dict[int, Standing] = {}
    shown: dict[int, Light] = {}
    rows: dict[int, list[LightDay]] = defaultdict(list)
    for day in days:
        rules, lit = read[sets[day].pk], set()
        for pk, facts in known[sets[day].pk].on(day).items():
            light = evaluate(facts, rules)
            if light is None:
                continue
            lit.add(pk)
            before = stands.get(pk)
            stands[pk], shown[pk] = step(before, light, day, rules)
            if stands[pk].changed_from(before):
                _go_on(rows[pk], _day_of(pk, stands[pk], shown[pk], day))
        for pk in stands.keys() - lit:
            del stands[pk]
            _go_on(rows[pk], LightDay(project_id=pk, day=day, level="", computed=""))
    return _write_past(rows, stands, shown, sets[days[-1]])


def _go_on(rows: list[LightDay], row: LightDay) -> None:
    if rows:
        rows[-1].to_day = row.day
    rows.append(row)


def _day_of(pk: int, stands: Standing, light: Light, day: date) -> LightDay:
    reasons = [reason.as_json() for reason in light.reasons]
    return LightDay(project_id=pk, day=day, level=stands.level, computed=stands.computed, reasons=reasons, red_days=stands.red_days)


def _write_past(rows: dict[int, list[LightDay]], stands: dict[int, Standing], shown: dict[int, Light], row: LightRuleSet) -> Run:
    synthetic, at = _synthetic(rows.keys()), clock.now()
    for pk, each in rows.items():
        for day in each:
            day.synthetic = synthetic[pk]
    made = [light_row(None, pk, stood, shown[pk], row, at, synthetic[pk]) for pk, stood in stands.items()]
    with transaction.atomic():
        LightDay.objects.bulk_create((day for each in rows.values() for day in each), batch_size=1000)
        ProjectLight.objects.bulk_create(made, batch_size=500)
    red = tuple(light.pk for light in made if light.computed == RED)
    return Run(0, len(made), red)
