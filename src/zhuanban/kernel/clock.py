"""The product's clock. In the demo its day can be moved; everywhere else it is the machine's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

_shift = timedelta(0)
_read_at: datetime | None = None


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC) + (_demo_shift() if settings.DEMO else _shift)


def machine_now() -> datetime:
    """The machine's instant, for sessions, locks and one-time codes: they must not follow the demo's moved day."""
    return datetime.now(UTC) + (timedelta(0) if settings.DEMO else _shift)


def today() -> date:
    """This day in the city's time zone."""
    return timezone.localdate(now())


def shift_to(day: date) -> timedelta:
    """The shift that makes the present hour fall on that day."""
    real = timezone.localdate(datetime.now(UTC))
    return timedelta(days=(day - real).days)


def set_shift(shift: timedelta) -> None:
    """Used by the demo's own verb and by tests."""
    global _shift, _read_at
    _shift, _read_at = shift, datetime.now(UTC)


def _demo_shift() -> timedelta:
    """The demo's shift as stored, read again at most once a second so that every process follows."""
    from zhuanban.kernel.models import Parameter

    global _shift, _read_at
    real = datetime.now(UTC)
    if _read_at is None or real - _read_at > timedelta(seconds=1):
        row = Parameter.objects.filter(name="demo.shift_days").order_by("-pk").values_list("value", flat=True).first()
        _shift, _read_at = timedelta(days=row or 0), real
    return _shift
