"""Addresses of the cockpit."""

from django.urls import path

from zhuanban.domains.cockpit import pages

app_name = "cockpit"
urlpatterns = [
    path("", pages.home, name="home"),
    path("overview/", pages.overview, name="overview"),
]
