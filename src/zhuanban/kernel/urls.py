"""Addresses of the pages that every module gets."""

from django.urls import path

from zhuanban.kernel import pages

app_name = "kernel"
urlpatterns = [
    path("act/<str:name>/<str:pk>/", pages.act, name="act"),
    path("lists/<str:name>/", pages.listing, name="listing"),
    path("lists/<str:name>/count/", pages.count, name="count"),
    path("lists/<str:name>/export.<str:kind>", pages.export, name="export"),
    path("lists/<str:name>/views/", pages.save_view, name="save_view"),
    path("lists/<str:name>/bulk/<str:verb>/", pages.bulk, name="bulk"),
    path("views/<int:pk>/drop/", pages.drop_view, name="drop_view"),
    path("figures/", pages.figure_list, name="figures"),
    path("figures/<str:name>/", pages.figure, name="figure"),
    path("figures/<str:name>/value/", pages.figure_value, name="figure_value"),
    path("notices/", pages.notice_list, name="notices"),
    path("notices/read/", pages.read_notices, name="read_notices"),
    path("files/<int:pk>/", pages.download, name="file"),
]
