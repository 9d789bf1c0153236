"""Addresses of problems."""

from django.urls import path

from zhuanban.domains.problems import pages

app_name = "problems"
urlpatterns = [
    path("", pages.problem_list, name="problems"),
    path("inbox/", pages.inbox, name="inbox"),
    path("mine/", pages.mine, name="mine"),
    path("report/", pages.report, name="report"),
    path("report/<int:pk>/", pages.report_on, name="report_on"),
    path("departments/", pages.departments, name="departments"),
    path("causes/", pages.causes, name="causes"),
    path("promises/", pages.promise_list, name="promises"),
    path("<int:pk>/", pages.problem_page, name="problem"),
]
