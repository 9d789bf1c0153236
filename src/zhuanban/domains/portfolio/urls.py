"""Addresses of the portfolio."""

from django.urls import path

from zhuanban.domains.portfolio import pages

app_name = "portfolio"
urlpatterns = [
    path("projects/", pages.project_list, name="projects"),
    path("projects/board/<str:stage>/", pages.board_more, name="board_more"),
    path("projects/<int:pk>/", pages.project_page, name="project"),
    path("projects/<int:pk>/history/", pages.history, name="history"),
    path("pairs/", pages.pair_list, name="pairs"),
    path("pairs/<int:pk>/", pages.pair_page, name="pair"),
    path("goals/", pages.goals, name="goals"),
]
