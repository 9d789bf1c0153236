"""The demo's today: 2023-02-10 until somebody moves it."""

from __future__ import annotations

from datetime import date

from zhuanban.kernel import clock
from zhuanban.kernel.models import Parameter

FIRST_DAY = date(2023, 2, 10)
SHIFT = "demo.shift_days"
BY_ITSELF = "演示的起始日"


def move_today(day: date, by: str = "") -> None:
    """Let the present hour fall on that day, for every process, within a second. The parameter's rows keep who moved it."""
    shift = clock.shift_to(day)
    source = f"演示用户 {by} 调整" if by else BY_ITSELF
    Parameter.objects.create(name=SHIFT, value=shift.days, effective_from=day, source=source, by=by)
    clock.set_shift(shift)


def hold_today() -> None:
    """At a start: the demo begins on its first day again, unless a person has moved it."""
    last = Parameter.objects.filter(name=SHIFT).order_by("-pk").first()
    if last is None or (last.source == BY_ITSELF and last.value != clock.shift_to(FIRST_DAY).days):
        move_today(FIRST_DAY)
