"""Working days, deadlines whose clock may stop, shifts of the week, and the frost season."""

from zhuanban.engines.calendars.seasons import DEFAULT_SEASON, MonthDay, Season, WinterPeriod, winter_period
from zhuanban.engines.calendars.shifts import OFFICE_HOURS, SITE_HOURS, WHOLE_DAY, ShiftCalendar
from zhuanban.engines.calendars.tables import Shifts
from zhuanban.engines.calendars.workdays import CLOSE_OF_BUSINESS, FIXED_HOLIDAYS, Elapsed, Pause, WorkCalendar

__all__ = [
    "CLOSE_OF_BUSINESS",
    "DEFAULT_SEASON",
    "FIXED_HOLIDAYS",
    "OFFICE_HOURS",
    "SITE_HOURS",
    "WHOLE_DAY",
    "Elapsed",
    "MonthDay",
    "Pause",
    "Season",
    "ShiftCalendar",
    "Shifts",
    "WinterPeriod",
    "WorkCalendar",
    "winter_period",
]
