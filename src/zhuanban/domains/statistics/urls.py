"""Addresses of statistics."""

from __future__ import annotations

from django.urls import path

from zhuanban.domains.statistics.pages import differences, entries, forecasts, months, rates

app_name = "statistics"
urlpatterns = [
    path("", entries.entry_list, name="entries"),
    path("entries/<int:pk>/", entries.entry, name="entry"),
    path("months/", months.month_list, name="months"),
    path("months/<int:pk>/", months.reporting_month, name="reporting_month"),
    path("differences/", differences.difference_page, name="differences"),
    path("forecast/", forecasts.forecast_page, name="forecast"),
    path("rates/", rates.rate_page, name="rates"),
    path("speeds/", rates.speed_page, name="speeds"),
]
