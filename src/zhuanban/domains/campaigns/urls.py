"""Addresses of campaigns."""

from django.urls import path

from zhuanban.domains.campaigns import pages

app_name = "campaigns"
urlpatterns = [
    path("", pages.campaign_list, name="campaigns"),
    path("cells/", pages.cell_list, name="cells"),
    path("cells/<int:pk>/", pages.cell, name="cell"),
    path("<int:pk>/", pages.campaign, name="campaign"),
]
