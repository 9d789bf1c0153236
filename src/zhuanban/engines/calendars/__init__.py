"""Working days, deadlines whose clock may stop, and the frost season."""

from zhuanban.engines.calendars.seasons import DEFAULT_SEASON, MonthDay, Season, WinterPeriod, winter_period
from zhuanban.engines.calendars.workdays import CLOSE_OF_BUSINESS, FIXED_HOLIDAYS, Elapsed, Pause, WorkCalendar

__all__ = [
    "CLOSE_OF_BUSINESS",
    "DEFAULT_SEASON",
    "FIXED_HOLIDAYS",
    "Elapsed",
    "MonthDay",
    "Pause",
    "Season",
    "WinterPeriod",
    "WorkCalendar",
    "winter_period",
]
