"""The pages of statistics: entries and packs, months, differences, the forecast, rates and speeds."""

from zhuanban.domains.statistics.pages import differences, entries, forecasts, months, rates

__all__ = ["differences", "entries", "forecasts", "months", "rates"]
