"""Addresses of the cockpit."""

from django.urls import path

from zhuanban.domains.cockpit.pages import calendar, home, overview

app_name = "cockpit"
urlpatterns = [
    path("", home.home, name="home"),
    path("home/<slug:part>/", home.later, name="later"),
    path("overview/", overview.page, name="overview"),
    path("calendar/", calendar.page, name="calendar"),
    path("calendar/mine.ics", calendar.download, name="calendar_file"),
]
