"""Addresses of factors."""

from django.urls import path

from zhuanban.domains.factors import pages

app_name = "factors"
urlpatterns = [
    path("", pages.overview, name="overview"),
    path("requests/", pages.request_list, name="requests"),
    path("requests/<int:pk>/", pages.factor_request, name="factor_request"),
    path("surveys/", pages.survey_list, name="surveys"),
    path("surveys/<int:pk>/", pages.survey, name="factor_survey"),
    path("points/", pages.point_list, name="points"),
    path("points/<int:pk>/", pages.point, name="supply_point"),
    path("conflicts/", pages.conflicts, name="conflicts"),
    path("funds/", pages.batch_list, name="batches"),
    path("funds/<int:pk>/", pages.batch, name="funding_batch"),
    path("funds/applications/", pages.application_list, name="applications"),
    path("stocks/", pages.stock_list, name="stocks"),
    path("passes/", pages.pass_list, name="passes"),
    path("offers/", pages.offer_list, name="offers"),
    path("lodging/", pages.lodging, name="lodging"),
]
