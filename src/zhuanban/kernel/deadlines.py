"""Deadlines: who owes what by when, on the working-day calendar, and the sweep that calls the module's verb when it passes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from zhuanban.engines.calendars import Pause, WorkCalendar
from zhuanban.kernel import access, clock, memo
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import CalendarDay, CalendarYear, Deadline, DeadlinePause, Dossier, StoredFile
from zhuanban.kernel.people import Person

log = logging.getLogger(__name__)
Handler: TypeAlias = Callable[[Deadline], None]
_handlers: dict[str, Handler] = {}
_locks: dict[str, Callable[[Deadline], object]] = {}


def on_due(name: str, *, lock: Callable[[Deadline], object] | None = None) -> Callable[[Handler], Handler]:
    """Register the function `(deadline)` that acts, as the robot, when a deadline of this name passes.

    `lock` takes the row that the deadline hangs on before the deadline itself is claimed: verbs lock in this order, and two
    orders would meet in a deadlock.
    """

    def register(function: Handler) -> Handler:
        _handlers[name] = function
        if lock:
            _locks[name] = lock
        return function

    return register


def calendar() -> WorkCalendar:
    """The city's working-day calendar from the official tables; built again when a table is loaded."""
    return memo.once("kernel.calendar", lambda: _calendar(CalendarYear.objects.aggregate(newest=Max("loaded_at"))["newest"]))


@lru_cache(maxsize=2)
def _calendar(newest: datetime | None) -> WorkCalendar:
    years = frozenset(CalendarYear.objects.values_list("year", flat=True))
    return WorkCalendar(
        irregular=dict(CalendarDay.objects.values_list("day", "is_workday")),
        known_years=years,
        version=f"{newest:%Y-%m-%d %H:%M:%S.%f}" if newest else "",
    )


@transaction.atomic
def load_calendar(days: dict[date, tuple[bool, str]], source: str, years: set[int]) -> None:
    """Load the official table of whole years: irregular day -> (is it a workday, its name).

    These years are complete from now on and what was known of them is replaced; a day of another year (a make-up day in
    December for the New Year) is added to it.
    """
    CalendarDay.objects.filter(day__year__in=years).delete()
    CalendarDay.objects.bulk_create(
        [CalendarDay(day=day, is_workday=work, name=name, source=source) for day, (work, name) in days.items()],
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["is_workday", "name", "source"],
    )
    at = clock.machine_now()
    for year in sorted(years | {day.year for day in days} & set(CalendarYear.objects.values_list("year", flat=True))):
        CalendarYear.objects.update_or_create(year=year, defaults={"source": source, "loaded_at": at})


def owe(
    dossier: Dossier,
    holder: str,
    title: str,
    *,
    on_due: str,
    working_days: int | None = None,
    due_on: date | None = None,
    started_on: date | None = None,
    url: str = "",
) -> Deadline:
    """Let a principal (`user:17`, `org:5`) owe something within working days, or by a day."""
    start = started_on or clock.today()
    days = calendar()
    due = due_on or days.due(start, working_days or 0)
    return Deadline.objects.create(
        dossier=dossier,
        on_due=on_due,
        title=title[:200],
        url=url,
        holder=access.principal(holder),
        started_on=start,
        working_days=working_days,
        due_on=due,
        provisional=bool(days.touches_provisional(start, due)),
    )


def settle(deadline: Deadline, state: str = Deadline.State.SETTLED) -> None:
    """Close a deadline as met, or cancel it."""
    deadline.state, deadline.settled_at = state, clock.now()
    Deadline.objects.filter(pk=deadline.pk).update(state=state, settled_at=deadline.settled_at)


def hand_to(deadline: Deadline, holder: str) -> None:
    """Let another principal owe it, by the same day."""
    Deadline.objects.filter(pk=deadline.pk).update(holder=access.principal(holder))


@transaction.atomic
def pause(deadline: Deadline, kind: str, *, by: Person, reason: str, document: StoredFile | None = None) -> DeadlinePause:
    """Stop the clock from today, with a reason."""
    locked = Deadline.objects.select_for_update().get(pk=deadline.pk)
    if locked.state != Deadline.State.OPEN:
        raise Refused(_("这个期限现在不在计时。"))
    Deadline.objects.filter(pk=locked.pk).update(state=Deadline.State.PAUSED)
    return DeadlinePause.objects.create(deadline=locked, kind=kind, reason=reason, document=document, from_day=clock.today(), by_id=by.pk)


@transaction.atomic
def resume(deadline: Deadline) -> date:
    """Start the clock again; the due day moves by the working days (or days) that it stood. Returns the new due day."""
    locked = Deadline.objects.select_for_update().get(pk=deadline.pk)
    stop = locked.pauses.filter(to_day=None).first()
    if stop is None:
        raise Refused(_("这个期限没有停表。"))
    today, days = clock.today(), calendar()
    stop.to_day = today
    stop.save(update_fields=["to_day"])
    if locked.working_days is None:
        due = locked.due_on + timedelta(days=(today - stop.from_day).days)
    else:
        pauses = [Pause(each.from_day, each.to_day) for each in locked.pauses.all()]
        due = days.due_with_pauses(locked.started_on, locked.working_days, pauses) or locked.due_on
    Deadline.objects.filter(pk=locked.pk).update(
        state=Deadline.State.OPEN, due_on=due, provisional=days.touches_provisional(locked.started_on, due)
    )
    return due


def owed_by(user: Person) -> QuerySet[Deadline]:
    """What a person owes, the most pressing first."""
    return (
        Deadline.objects.filter(holder__in=user.principal_ids(), state__in=[Deadline.State.OPEN, Deadline.State.PAUSED])
        .select_related("dossier")
        .order_by("due_on", "pk")
    )


MANY, FEW = 2000, 20
"""Deadlines claimed in one transaction: many where nothing else is done; few where each calls a handler, and one alone where
rows are locked, since a second one's row could be waited for by whoever waits for the first one's."""


def sweep(today: date | None = None) -> int:
    """Call the handler of every deadline that has passed, each once; returns how many. Safe with several sweepers at once, and a
    sweeper that is killed leaves nothing half done: claim and deed are one transaction."""
    due = Deadline.objects.filter(state=Deadline.State.OPEN, due_on__lt=today or clock.today(), fired_at=None)
    return _walk(due.exclude(on_due__in=_handlers), _claim) + _walk(due.filter(on_due__in=_handlers), _call)


def _walk(waiting: QuerySet[Deadline], act: Callable[[list[int]], int]) -> int:
    """Go through the ids once, by key, so that a deadline which cannot be acted on is not met again in this sweep."""
    fired = last = 0
    while ids := list(waiting.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:MANY]):
        last = ids[-1]
        fired += act(ids)
    return fired


def _claim(ids: list[int]) -> int:
    """Mark as fired those that are still due."""
    return Deadline.objects.filter(pk__in=ids, state=Deadline.State.OPEN, fired_at=None).update(fired_at=clock.now())


def _call(ids: list[int]) -> int:
    few = 1 if connection.features.has_select_for_update else FEW
    return sum(_together(ids[at : at + few]) for at in range(0, len(ids), few))


def _together(ids: list[int]) -> int:
    """Claim and handle a few in one transaction; when one of them fails, each on its own."""
    if len(ids) > 1:
        try:
            with transaction.atomic():
                return sum(_fire(pk) for pk in ids)
        except Exception:
            log.warning("a batch of %s deadlines is taken one by one", len(ids), exc_info=True)
    return sum(_alone(pk) for pk in ids)


def _alone(pk: int) -> int:
    try:
        with transaction.atomic():
            return _fire(pk)
    except Exception:
        log.exception("deadline %s could not be acted on; it stays due", pk)
        return 0


def _fire(pk: int) -> int:
    """Claim one deadline and call its handler; 0 when another sweeper was quicker or it was settled meanwhile."""
    deadline = Deadline.objects.select_related("dossier").get(pk=pk)
    if lock := _locks.get(deadline.on_due):
        lock(deadline)
    won = _claim([pk])
    if won:
        _handlers[deadline.on_due](deadline)
    return won


def lengthen(deadline: Deadline, working_days: int) -> date:
    """Add working days to a running term, its stops kept in the count; it may fall due anew. Returns the new due day."""
    days = calendar()
    term = (deadline.working_days or 0) + working_days
    pauses = [Pause(each.from_day, each.to_day) for each in deadline.pauses.exclude(to_day=None)]
    due = (
        days.due(deadline.due_on, working_days)
        if deadline.working_days is None
        else days.due_with_pauses(deadline.started_on, term, pauses) or deadline.due_on
    )
    provisional = bool(days.touches_provisional(deadline.started_on, due))
    Deadline.objects.filter(pk=deadline.pk).update(
        due_on=due, working_days=None if deadline.working_days is None else term, provisional=provisional, fired_at=None
    )
    deadline.refresh_from_db()
    return due
