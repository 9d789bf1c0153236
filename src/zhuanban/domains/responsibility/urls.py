"""Addresses of responsibility."""

from django.urls import path

from zhuanban.domains.responsibility import pages

app_name = "responsibility"
urlpatterns = [
    path("", pages.responsibility_list, name="responsibilities"),
    path("forces/", pages.force_list, name="forces"),
    path("forces/<int:pk>/", pages.force, name="force"),
    path("load/", pages.load, name="load"),
    path("gaps/", pages.gaps, name="gaps"),
    path("duties/", pages.duties, name="duties"),
    path("roster/", pages.roster, name="roster"),
    path("projects/<int:pk>/", pages.of_project, name="project"),
]
