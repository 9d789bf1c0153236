"""Computes permit plans, many at once, and writes what has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F, Q

from zhuanban.domains.approvals.models import Item, PermitPlan, PermitStep
from zhuanban.domains.approvals.queries import catalogue, standings
from zhuanban.domains.approvals.rules.permits import Book
from zhuanban.domains.approvals.rules.timetable import Asked, Memo, Timed, Timetable, timetables
from zhuanban.kernel import clock, columns, deadlines

CHUNK = 400
"""Plans computed and written in one transaction."""
PLAN = (
    *("facts", "unclear", "catalogue_id", "as_of", "computed_at", "state", "ready_on", "finish_on", "parallel_days", "sequential_days"),
    *("saved_days", "left_days", "steps_count", "done_count", "open_count", "blocking_id", "next_item_id", "next_on", "provisional"),
)
STEP = (
    *("item_id", "item_version_id", "days", "unit", "layer", "state", "starts_on", "finishes_on", "latest_on", "float_days", "critical"),
    *("before_start", "uncertain", "provisional", "waits_for", "driven_by"),
)
READ = (
    *("project", "stated", "recorded", "begins_on"),
    *(f"project__{name}" for name in ("permission_regime", "investment_kind", "build_kind", "floor_area_m2", "stage")),
    *(f"project__{name}" for name in ("start_actual", "finish_actual", "finish_planned")),
)
"""What a computation reads of plans and projects."""
Progress = Callable[[int, int], None]


def timetable_of(plan: PermitPlan, today: date, more: Mapping[str, int] | None = None) -> Timetable:
    """One plan's timetable now; `more` are working days by which items are late (what if)."""
    told = standings.asked([plan], today)[0]
    if more:
        told = Asked(told.facts, told.begins_on, told.standings, told.works_on, told.begun, more)
    return timetables([told], catalogue.book(today), deadlines.calendar(), today)[0]


def recompute(rows: models.QuerySet[PermitPlan], told: Progress = lambda done, total: None) -> int:
    """Compute these plans for today and write them. Returns how many."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    book, memo = catalogue.book(), Memo()
    for at in range(0, len(ids), CHUNK):
        _compute(ids[at : at + CHUNK], book, memo)
        told(min(at + CHUNK, len(ids)), len(ids))
    return len(ids)


def recompute_projects(projects: Iterable[int]) -> int:
    """Compute the plans of some projects, after something happened to them."""
    return recompute(PermitPlan.objects.filter(project__in=list(projects)))


def stale() -> models.QuerySet[PermitPlan]:
    """Plans of another day, and those of projects to which something happened since they were computed."""
    changed = Q(project__dossier__changed_at__gt=F("computed_at"))
    return PermitPlan.objects.filter(Q(computed_at=None) | ~Q(as_of=clock.today()) | changed)


def _compute(ids: Sequence[int], book: Book, memo: Memo) -> None:
    """The instant is taken before reading, so that what happens meanwhile is newer."""
    at, today, work = clock.now(), clock.today(), deadlines.calendar()
    plans = list(PermitPlan.objects.filter(pk__in=ids).select_related("project").only(*READ).order_by("pk"))
    asked = standings.asked(plans, today)
    found = timetables(asked, book, work, today, memo)
    steps = [[_step_row(step) for step in each.steps] for each in found]
    digests = [hashlib.blake2b(repr(rows).encode(), digest_size=16).hexdigest() for rows in steps]
    computed = list(zip(plans, asked, found, steps, digests, strict=True))
    with transaction.atomic():
        locked = PermitPlan.objects.select_for_update().filter(pk__in=ids).order_by("pk")
        stored = {pk: kept for pk, *kept in locked.values_list("pk", "digest", "as_of", "computed_at")}
        mine = [each for each in computed if _is_news(stored.get(each[0].pk), at, today)]
        _update(
            PermitPlan,
            (*PLAN, "digest"),
            [(*_plan_row(told, each, book, at, today), digest, plan.pk) for plan, told, each, _rows, digest in mine],
        )
        _write_steps([(plan, rows) for plan, _told, _each, rows, digest in mine if stored[plan.pk][0] != digest])


def _is_news(stored: Sequence[Any] | None, at: datetime, today: date) -> bool:
    """Whether nobody computed the plan later than we read it; another day of the demo's clock is news either way."""
    if stored is None:
        return False
    _digest, as_of, computed_at = stored
    return computed_at is None or computed_at <= at or as_of != today


def _plan_row(told: Asked, found: Timetable, book: Book, at: datetime, today: date) -> tuple[Any, ...]:
    blocking, coming = found.blocking, found.next_certificate
    done = sum(step.state == PermitStep.State.DONE for step in found.steps)
    return (
        told.facts, list(found.unclear), book.number, today, at,
        PermitPlan.State.BEGUN if told.begun else PermitPlan.State.READY if _all_done(found) else PermitPlan.State.OPEN,
        found.ready_on, found.finish_on, found.parallel, found.sequential, max(0, found.saved), found.left,
        len(found.steps), done, sum(step.state == PermitStep.State.OPEN and step.step.entry.kind != Item.Kind.EVENT for step in found.steps),
        blocking.step.entry.item if blocking else None, coming.step.entry.item if coming else None, coming.finishes_on if coming else None,
        found.provisional,
    )  # fmt: skip


def _all_done(found: Timetable) -> bool:
    """Everything that stands before the lawful start is there."""
    return all(step.state == PermitStep.State.DONE for step in found.steps if step.before_start and step.step.entry.kind != Item.Kind.EVENT)


def _write_steps(changed: Sequence[tuple[PermitPlan, list[tuple[Any, ...]]]]) -> None:
    """The steps of the plans that have changed, in place of those before. Nothing points at a step."""
    PermitStep.objects.filter(plan__in=[plan.pk for plan, _rows in changed]).delete()
    _insert(PermitStep, ("plan_id", "project_id", *STEP), [(plan.pk, plan.project_id, *row) for plan, rows in changed for row in rows])


def _step_row(step: Timed) -> tuple[Any, ...]:
    entry = step.step.entry
    return (
        entry.item, entry.version, entry.days, str(entry.unit), step.layer, str(step.state), step.starts_on, step.finishes_on, step.latest_on,
        step.float_days, step.critical, step.before_start, step.step.uncertain, step.provisional, " ".join(step.waits_for),
        " ".join(step.driven_by),
    )  # fmt: skip


# Many rows at once: several times faster than through model instances, and most of the work of a night ---------------------


def _update(model: type[models.Model], names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of values in the order of `names`, the key last."""
    if rows:
        quote = connection.ops.quote_name
        setting = ", ".join(f"{quote(str(columns.named(model, name).column))} = %s" for name in names)
        statement = f"UPDATE {quote(model._meta.db_table)} SET {setting} WHERE id = %s"  # noqa: S608 - names of columns
        with connection.cursor() as cursor:
            cursor.executemany(statement, _prepared(model, names, rows))


def _insert(model: type[models.Model], names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        quote = connection.ops.quote_name
        told = ", ".join(quote(str(columns.named(model, name).column)) for name in names)
        marks = ", ".join(["%s"] * len(names))
        statement = f"INSERT INTO {quote(model._meta.db_table)} ({told}) VALUES ({marks})"  # noqa: S608 - names of columns
        with connection.cursor() as cursor:
            cursor.executemany(statement, _prepared(model, names, rows))


PLAIN = (models.CharField, models.IntegerField, models.ForeignKey, models.BooleanField)


def _prepared(model: type[models.Model], names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Values as the database takes them: only what is not plain is turned, days once each."""
    fields = [(at, columns.named(model, name)) for at, name in enumerate(names)]
    ready = [list(row) for row in rows]
    for at, field in fields:
        if isinstance(field, PLAIN):
            continue
        seen: dict[date, Any] = {}
        for row in ready:
            if isinstance(raw := row[at], date):
                if raw not in seen:
                    seen[raw] = field.get_db_prep_save(raw, connection)
                row[at] = seen[raw]
            elif raw is not None:
                row[at] = field.get_db_prep_save(raw, connection)
    return ready
