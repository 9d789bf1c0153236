"""Addresses of dispatch."""

from django.urls import path
from django.views.generic import RedirectView

from zhuanban.domains.dispatch.pages import changes, lights, meetings, minutes, months, rankings, rates, track_batch, track_lists, tracks

app_name = "dispatch"
urlpatterns = [
    path("today/", RedirectView.as_view(pattern_name="dispatch:today")),
    path("track/", tracks.today, name="today"),
    path("track/worker.js", tracks.worker, name="track_worker"),
    path("track/<int:pk>/", tracks.track, name="track"),
    path("track/<int:pk>/history/", track_lists.track_history, name="track_history"),
    path("tracks/", track_lists.track_list, name="tracks"),
    path("tracks/<int:pk>/", track_lists.track_page, name="track_page"),
    path("tracks/missing/", track_lists.missing, name="missing"),
    path("tracks/batch/", track_batch.batch, name="batch"),
    path("tracks/burden/", track_lists.burden, name="burden"),
    path("rates/", rates.rate_page, name="rates"),
    path("winter/", rates.winter_list, name="winter"),
    path("rankings/", rankings.ranking_newest, name="rankings"),
    path("rankings/trial/", rankings.ranking_trial, name="ranking_trial"),
    path("rankings/<int:pk>/", rankings.ranking, name="ranking"),
    path("rankings/<int:pk>/check/", rankings.ranking_check, name="ranking_check"),
    path("rankings/lines/<int:pk>/", rankings.ranking_line, name="ranking_line"),
    path("lights/", lights.light_list, name="lights"),
    path("lights/hints/", lights.hint_list, name="light_hints"),
    path("lights/rules/", lights.light_rulebook, name="light_rulebook"),
    path("lights/rules/<int:pk>/", lights.light_rules, name="light_rules"),
    path("meetings/", meetings.meeting_list, name="meetings"),
    path("meetings/<int:pk>/", meetings.meeting_page, name="meeting"),
    path("meetings/<int:pk>/screen/", meetings.screen, name="meeting_screen"),
    path("meetings/<int:pk>/minutes/", minutes.minutes_page, name="minutes"),
    path("meetings/<int:pk>/minutes.docx", minutes.minutes_docx, name="minutes_docx"),
    path("meetings/<int:pk>/minutes.pdf", minutes.minutes_pdf, name="minutes_pdf"),
    path("series/<int:pk>/", meetings.series_page, name="series"),
    path("decisions/", meetings.decision_list, name="decisions"),
    path("decisions/<int:pk>/", minutes.decision_page, name="decision"),
    path("changes/", changes.changes, name="changes"),
    path("months/", months.months, name="months"),
]
