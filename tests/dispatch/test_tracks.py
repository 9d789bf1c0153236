"""The day of a site: filed once, late where it is late, corrected in the open, proved by photos."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from camera import picture
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from zhuanban.domains.dispatch.actions import tracks as verbs
from zhuanban.domains.dispatch.models import DailyTrack, TrackCorrection, TrackPhoto, TrackReminder, WorkerHousing
from zhuanban.domains.dispatch.queries import track_days
from zhuanban.domains.dispatch.queries import tracks as queries
from zhuanban.domains.dispatch.rules import tracks as rules
from zhuanban.domains.people.models import Absence
from zhuanban.domains.plans.models import QuantityEntry, WorkItem
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.responsibility.actions import assign
from zhuanban.kernel import access, actions, clock
from zhuanban.kernel.errors import BadInput, NotYours, Refused, Unknown
from zhuanban.kernel.models import Event, Notice, Parameter

FRIDAY, THURSDAY, MONDAY = date(2023, 2, 10), date(2023, 2, 9), date(2023, 2, 13)


BEIJING = timezone(timedelta(hours=8))


def at(day: date, hour: int, minute: int = 0) -> None:
    """Let it be that time of that day in Changchun."""
    clock.set_shift(datetime(day.year, day.month, day.day, hour, minute, tzinfo=BEIJING) - datetime.now(UTC))


@pytest.fixture(autouse=True)
def _morning():
    at(FRIDAY, 9)


@pytest.fixture
def secretary(person):
    return person("project_secretary")


@pytest.fixture
def site(project, secretary, dispatcher):
    """A project under construction since autumn, carried by its secretary, with two work items."""
    made = project("白鹭电池厂", stage="under_construction", stage_since=date(2022, 9, 1), latitude=43.88, longitude=125.32)
    assign(made, by=dispatcher, post="secretary", person=secretary)
    return made


@pytest.fixture
def walls(site):
    return item(site, "隔墙砌筑", Decimal(9000), "m²", WorkItem.Kind.PARTITION)


def item(project, name: str, quantity: Decimal, unit: str = "m³", kind: str = WorkItem.Kind.EARTHWORK) -> WorkItem:
    now = clock.now()
    return WorkItem.objects.create(
        project=project,
        name=name,
        kind=kind,
        quantity=quantity,
        unit=unit,
        done=Decimal(0),
        start_planned=date(2023, 1, 1),
        finish_planned=date(2023, 3, 31),
        created_at=now,
        updated_at=now,
    )


def send(client, project, **fields):
    """As the phone does."""
    return client.post(reverse("dispatch:track", args=[project.pk]), fields, headers={"Accept": "application/json"})


# Filing ------------------------------------------------------------------------------------------------------------------


def test_a_day_is_filed_with_what_was_done(site, walls, secretary):
    track = verbs.file_track(
        site, by=secretary, workers_actual=412, workers_planned=430, machines=18, weather="snow", amounts={walls.pk: Decimal(180)}
    )
    walls.refresh_from_db()
    assert (track.day, track.workers_actual, track.late, track.reporter) == (FRIDAY, 412, False, secretary)
    assert (walls.done, walls.start_actual, walls.finish_actual) == (180, FRIDAY, None)
    assert QuantityEntry.objects.get().origin == f"track:{track.pk}"
    event = Event.objects.filter(dossier=site.pk).order_by("-seq").first()
    assert (event.verb, event.subject) == ("dispatch.file_track", f"dispatch.dailytrack:{track.pk}")


def test_a_work_item_is_done_on_the_day_that_fills_it(site, walls, secretary):
    verbs.file_track(site, by=secretary, workers_actual=1, amounts={walls.pk: Decimal(9000)})
    walls.refresh_from_db()
    assert walls.finish_actual == FRIDAY


def test_a_retry_is_the_same_report_and_nothing_doubles(site, walls, secretary, sign_in):
    client = sign_in(secretary)
    fields = {"workers_actual": "412", f"q_{walls.pk}": "180", "draft": "k1", "waited": "0"}
    first = send(client, site, **fields)
    again = send(client, site, **fields | {"waited": "70"})
    assert (first.json()["state"], again.json()["state"]) == ("filed", "repeated")
    assert first.json()["track"] == again.json()["track"]
    walls.refresh_from_db()
    assert (DailyTrack.objects.count(), walls.done, QuantityEntry.objects.count()) == (1, 180, 1)
    assert Event.objects.filter(dossier=site.pk, verb="dispatch.file_track").count() == 1


def test_the_verb_itself_knows_a_retry(site, secretary):
    one = verbs.file_track(site, by=secretary, workers_actual=5)
    for workers in (5, 6):
        with pytest.raises(verbs.AlreadyFiled, match="更正") as known:
            verbs.file_track(site, by=secretary, workers_actual=workers)
        assert known.value.as_dict() | {"message": ""} == {"error": "already_filed", "message": "", "track": one.pk, "same": workers == 5}


def test_a_machine_that_repeats_its_key_gets_the_first_answer(site, secretary, sign_in):
    client, url = sign_in(secretary), f"/api/v1/dispatch/project/{site.pk}/file_track"

    def call(key: str):
        return client.post(url, {"workers_actual": 9}, content_type="application/json", headers={"Idempotency-Key": key})

    first, again, other = call("a"), call("a"), call("b")
    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert again.json()["id"] == first.json()["id"] == other.json()["track"] and other.json()["same"]


def test_another_report_of_the_day_is_a_correction_and_needs_a_reason(site, walls, secretary, sign_in):
    client = sign_in(secretary)
    send(client, site, workers_actual="412", **{f"q_{walls.pk}": "180"})
    other = {"workers_actual": "400", f"q_{walls.pk}": "150", "draft": "k2"}
    asked = send(client, site, **other)
    assert (asked.status_code, asked.json()["error"]) == (409, "differs")
    done = send(client, site, reason="点错了人数", **other)
    assert done.json()["state"] == "corrected"
    assert send(client, site, reason="点错了人数", **other).json()["state"] == "repeated"
    walls.refresh_from_db()
    track, row = DailyTrack.objects.get(), TrackCorrection.objects.get()
    assert (track.workers_actual, track.corrected, walls.done) == (400, 1, 150)
    assert row.changes == {"workers_actual": [412, 400]} and row.quantities == {str(walls.pk): ["180", "150"]}
    assert [entry.amount for entry in QuantityEntry.objects.order_by("pk")] == [180, -30]
    assert QuantityEntry.objects.order_by("pk").last().reason == "点错了人数"


def test_a_late_retry_of_what_was_corrected_since_changes_nothing(site, secretary, dispatcher, sign_in):
    client = sign_in(secretary)
    send(client, site, workers_actual="412", draft="k1")
    track = DailyTrack.objects.get()
    verbs.correct_track(track, by=dispatcher, reason="监理点数", workers_actual=300)
    assert send(client, site, workers_actual="412", draft="k1").json()["state"] == "repeated"
    assert DailyTrack.objects.get().workers_actual == 300


def test_a_correction_back_to_the_first_figure_is_a_correction(site, secretary, sign_in):
    client = sign_in(secretary)
    send(client, site, workers_actual="10")
    send(client, site, workers_actual="11", reason="多一人", draft="k2")
    assert send(client, site, workers_actual="10", reason="还是十人", draft="k3").json()["state"] == "corrected"
    assert (DailyTrack.objects.get().workers_actual, DailyTrack.objects.get().corrected) == (10, 2)


def test_a_correction_that_changes_nothing_is_refused(site, secretary):
    track = verbs.file_track(site, by=secretary, workers_actual=5)
    with pytest.raises(Refused, match="没有改动"):
        verbs.correct_track(track, by=secretary, reason="无", workers_actual=5)


def test_more_cannot_be_taken_back_than_was_done(site, walls, secretary):
    track = verbs.file_track(site, by=secretary, workers_actual=5, amounts={walls.pk: Decimal(10)})
    WorkItem.objects.filter(pk=walls.pk).update(done=5)
    with pytest.raises(Refused, match="不能小于零"):
        verbs.correct_track(track, by=secretary, reason="重量", amounts={walls.pk: Decimal(0)})
    assert DailyTrack.objects.get().corrected == 0


def test_quantities_of_another_project_are_refused(site, secretary, project, sign_in):
    foreign = item(project("别处", stage="under_construction"), "土方", Decimal(100))
    with pytest.raises(Refused, match="不属于"):
        verbs.file_track(site, by=secretary, workers_actual=5, amounts={foreign.pk: Decimal(1)})
    answer = send(sign_in(secretary), site, workers_actual="5", quantities=f'{{"{foreign.pk}": 3}}')
    assert answer.status_code == 422 and DailyTrack.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "workers_actual"),
        ({"workers_actual": "-1"}, "workers_actual"),
        ({"workers_actual": "五"}, "workers_actual"),
        ({"workers_actual": "5", "weather": "hail"}, "weather"),
        ({"workers_actual": "5", "temperature": "99"}, "temperature"),
        ({"workers_actual": "5", "invested": "很多"}, "invested"),
        ({"workers_actual": "5", "day": "2023-02-11"}, "day"),
        ({"workers_actual": "5", "day": "2022-12-01"}, "day"),
        ({"workers_actual": "5", "quantities": "[1]"}, "quantities"),
        ({"workers_actual": "5", "stocks": '{"gold": 3}'}, "stocks"),
        ({"workers_actual": "5", "nonsense": "1"}, "__all__"),
    ],
)
def test_bad_input_is_told_by_its_field_and_nothing_is_written(site, secretary, sign_in, fields, wrong):
    answer = send(sign_in(secretary), site, **fields)
    assert answer.status_code == 422 and wrong in answer.json()["fields"]
    assert DailyTrack.objects.count() == 0


def test_a_project_that_is_not_being_built_has_no_day_to_tell_of(project, dispatcher):
    with pytest.raises(Refused, match="不在建设阶段"):
        verbs.file_track(project(stage="reserve"), by=dispatcher, workers_actual=1)


def test_a_stranger_meets_404_and_a_reader_may_not_file(site, person, sign_in):
    assert sign_in(person("project_secretary")).get(reverse("dispatch:track", args=[site.pk])).status_code == 404
    assert sign_in(person("inspector", area="220106")).get(reverse("dispatch:track", args=[site.pk])).status_code == 403
    with pytest.raises(NotYours):
        verbs.file_track(site, by=person("inspector", area="220106"), workers_actual=1)
    with pytest.raises(Unknown):
        actions.submit("dispatch.file_track", person("project_secretary"), site.pk, {"workers_actual": "1"}, version=None)


# Late ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hour", "minute", "late"), [(16, 59, False), (17, 1, True), (23, 0, True)])
def test_late_is_what_comes_after_the_cut_off(site, secretary, hour, minute, late):
    at(FRIDAY, hour, minute)
    assert verbs.file_track(site, by=secretary, workers_actual=1).late is late


def test_the_cut_off_itself_is_in_time(seeds):
    due = datetime(2023, 2, 10, 17, tzinfo=BEIJING)
    assert rules.due_at(FRIDAY) == due
    assert (rules.is_late(FRIDAY, due), rules.is_late(FRIDAY, due + timedelta(microseconds=1))) == (False, True)


def test_yesterdays_report_is_late_and_a_day_of_rest_never(site, secretary):
    assert verbs.file_track(site, by=secretary, workers_actual=1, day=THURSDAY).late
    at(date(2023, 2, 12), 22)
    assert not verbs.file_track(site, by=secretary, workers_actual=1).late


@pytest.mark.parametrize(("waited", "late"), [(2 * 3600, False), (30 * 60, True)])
def test_what_was_filed_in_time_without_a_network_is_in_time(site, secretary, waited, late):
    at(FRIDAY, 18)
    track = verbs.file_track(site, by=secretary, workers_actual=1, burden={"waited": waited})
    assert track.late is late


def test_the_phones_word_counts_for_hours_not_for_days(site, secretary):
    at(MONDAY, 18)
    track = verbs.file_track(site, by=secretary, workers_actual=1, day=FRIDAY, burden={"waited": 4 * 24 * 3600})
    assert track.late


def test_the_cut_off_is_a_parameter(site, secretary):
    Parameter.objects.create(name=rules.CUTOFF, value="20:00", effective_from=date(2023, 2, 1), source="测试")
    at(FRIDAY, 19)
    assert not verbs.file_track(site, by=secretary, workers_actual=1).late
    Parameter.objects.create(name=rules.DUE_DAYS, value=1, effective_from=date(2023, 2, 1), source="测试")
    assert rules.due_at(FRIDAY).date() == MONDAY


def test_it_stays_late_when_it_is_corrected(site, secretary):
    at(FRIDAY, 18)
    track = verbs.file_track(site, by=secretary, workers_actual=1)
    verbs.correct_track(track, by=secretary, reason="两人", workers_actual=2)
    assert DailyTrack.objects.get().late


# The phone page ----------------------------------------------------------------------------------------------------------


def test_the_page_carries_yesterday_over_and_the_default_is_one_tap(site, walls, secretary, sign_in):
    verbs.file_track(
        site,
        by=secretary,
        day=THURSDAY,
        workers_actual=412,
        workers_planned=430,
        machines=18,
        weather="sunny",
        winter_measures=["heating"],
        amounts={walls.pk: Decimal(180)},
        done_today="砌隔墙",
    )
    told = sign_in(secretary).get(reverse("dispatch:track", args=[site.pk])).content.decode()
    assert 'value="412"' in told and 'value="430"' in told and 'value="180"' in told
    assert "<span data-same>6</span>" in told, "five columns and one work item"
    assert 'placeholder="砌隔墙"' in told and ">砌隔墙</textarea>" not in told, "words are not carried over"
    assert "累计 2%" in told


def test_the_page_of_a_filed_day_asks_for_a_reason(site, secretary, sign_in):
    verbs.file_track(site, by=secretary, workers_actual=7)
    told = sign_in(secretary).get(reverse("dispatch:track", args=[site.pk])).content.decode()
    assert 'name="reason"' in told and "提交更正" in told and 'value="7"' in told


def test_without_scripts_the_form_still_files_and_shows_what_is_wrong(site, secretary, sign_in):
    client, url = sign_in(secretary), reverse("dispatch:track", args=[site.pk])
    wrong = client.post(url, {"workers_actual": "很多"})
    assert wrong.status_code == 422 and "很多" in wrong.content.decode()
    done = client.post(url, {"workers_actual": "12", "winter_measures": ["", "heating"]})
    assert done.status_code == 302 and done["Location"] == DailyTrack.objects.get().get_absolute_url()
    assert DailyTrack.objects.get().winter_measures == ["heating"]


def test_only_unfinished_work_that_has_begun_is_asked(site, walls, secretary):
    later = item(site, "室外管网", Decimal(100), "m", WorkItem.Kind.OUTDOOR)
    WorkItem.objects.filter(pk=later.pk).update(start_planned=date(2023, 5, 1))
    full = item(site, "土方", Decimal(100))
    WorkItem.objects.filter(pk=full.pk).update(done=100)
    assert [line.item for line in queries.lines(site, FRIDAY, None, None)] == [walls]


def test_what_was_done_is_held_against_the_plan(walls):
    WorkItem.objects.filter(pk=walls.pk).update(done=2880)
    line = queries.lines(walls.project, FRIDAY, None, None)[0]
    assert (line.share, round(line.expected)) == (32.0, 46)


def test_the_burden_is_kept_with_the_report(site, secretary, sign_in):
    send(sign_in(secretary), site, workers_actual="3", seconds="19", touched="2", waited="5")
    track = DailyTrack.objects.get()
    assert (track.seconds, track.touched, track.waited) == (19, 2, 5) and track.asked >= 9
    rows = track_days.burden(secretary, date(2023, 2, 6))
    assert [(row["reports"], row["time"], row["mean"]) for row in rows] == [(1, 19, 19.0)]


def test_the_pages_cost_the_same_statements_for_any_number_of_days(site, walls, secretary, sign_in, django_assert_max_num_queries):
    client = sign_in(secretary)
    for day in queries.working_days_before(FRIDAY, 9):
        track = verbs.file_track(site, by=secretary, day=day, workers_actual=day.day, amounts={walls.pk: Decimal(day.day)})
        verbs.correct_track(track, by=secretary, reason="改", workers_actual=100)
    for url in (
        reverse("dispatch:track_history", args=[site.pk]),
        reverse("dispatch:today"),
        reverse("dispatch:burden"),
        site.get_absolute_url(),
    ):
        client.get(url)
        with django_assert_max_num_queries(75 if url == site.get_absolute_url() else 30):
            assert client.get(url).status_code == 200


# Photos ------------------------------------------------------------------------------------------------------------------


def upload(client, track, content: bytes, **fields):
    return client.post(
        f"/api/v1/dispatch/dailytrack/{track.pk}/add_photo", {"photo": SimpleUploadedFile("现场.jpg", content, "image/jpeg"), **fields}
    )


@pytest.fixture
def filed(site, secretary):
    return verbs.file_track(site, by=secretary, workers_actual=7)


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_photo_tells_its_time_and_place_itself(filed, secretary, sign_in):
    answer = upload(sign_in(secretary), filed, picture("2023:02:10 08:11:05", (43.881, 125.321)))
    assert answer.status_code == 200, answer.content
    photo = TrackPhoto.objects.get()
    assert photo.taken_at == datetime(2023, 2, 10, 0, 11, 5, tzinfo=UTC) and photo.told_by == "exif"
    assert (photo.latitude, photo.longitude) == (43.881, 125.321) and 100 < photo.distance < 200
    assert photo.marks == [] and len(photo.sha256) == 64


def test_a_photo_older_than_its_day_is_marked_and_shown(filed, secretary, sign_in):
    client = sign_in(secretary)
    upload(client, filed, picture("2023:02:08 15:00:00"))
    photo = TrackPhoto.objects.get()
    assert photo.older and "2023-02-08" in photo.marks[0]
    told = client.get(filed.get_absolute_url()).content.decode()
    assert "早于日报" in told and reverse("kernel:file", args=[photo.file_id]) in told


def test_a_photo_far_from_the_site_is_marked(filed, secretary, sign_in):
    upload(sign_in(secretary), filed, picture("2023:02:10 08:00:00", (43.0, 125.0)))
    photo = TrackPhoto.objects.get()
    assert photo.far and "公里" in photo.marks[0]


def test_where_the_picture_is_silent_the_phone_is_asked_and_else_it_is_unknown(filed, secretary, sign_in):
    client = sign_in(secretary)
    upload(client, filed, picture(colour=1), ago="600", latitude="43.88", longitude="125.32")
    upload(client, filed, picture(colour=2))
    told, silent = TrackPhoto.objects.all()
    assert (told.told_by, told.distance) == ("phone", 0) and abs((clock.now() - told.taken_at).total_seconds() - 600) < 60
    assert (silent.taken_at, silent.distance, silent.far, silent.marks) == (None, None, False, ["无拍摄时间"])


def test_the_same_photo_twice_is_one_and_on_another_day_it_is_marked(filed, site, secretary, sign_in):
    client, content = sign_in(secretary), picture("2023:02:10 08:00:00")
    for _again in range(2):
        assert upload(client, filed, content).status_code == 200
    assert TrackPhoto.objects.count() == 1
    other = verbs.file_track(site, by=secretary, day=THURSDAY, workers_actual=7)
    upload(client, other, content)
    assert TrackPhoto.objects.get(track=other).reused


def test_what_is_no_picture_is_refused_and_so_is_the_thirteenth(filed, secretary, sign_in):
    client = sign_in(secretary)
    assert upload(client, filed, b"%PDF-1.4 nothing").status_code == 422
    Parameter.objects.create(name=rules.MOST_PHOTOS, value=1, effective_from=date(2023, 2, 1), source="测试")
    assert upload(client, filed, picture(colour=1)).status_code == 200
    assert upload(client, filed, picture(colour=2)).status_code == 409


def test_photos_are_read_by_those_who_read_the_day(filed, secretary, person, sign_in):
    upload(sign_in(secretary), filed, picture("2023:02:10 08:00:00"))
    url = reverse("kernel:file", args=[TrackPhoto.objects.get().file_id])
    assert sign_in(secretary).get(url).status_code == 200
    Project.objects.filter(pk=filed.project_id).update(secrecy="public")
    access.Access.objects.create(principal=access.principal("area:220100:public"), dossier_id=filed.project_id, level=access.SEE)
    reader = sign_in(person("public", area="220100"))
    assert reader.get(url).status_code == 404 and reader.get(filed.get_absolute_url()).status_code == 404
    assert list(DailyTrack.objects.visible_to(person("public", area="220100"))) == []


# Missing ------------------------------------------------------------------------------------------------------------------


def test_only_projects_under_construction_owe_and_only_on_working_days(site, project):
    project("停工的", stage="suspended", end_reason="资金")
    project("刚开工的", stage="under_construction", stage_since=MONDAY)
    project("储备的", stage="reserve")
    assert list(queries.missing(Project.objects.all(), FRIDAY)) == [site]
    assert rules.due_at(date(2023, 2, 11)) is None


def test_silent_days_count_closed_working_days(site, secretary, project):
    other = project("从没报过", stage="under_construction")
    verbs.file_track(site, by=secretary, workers_actual=1, day=date(2023, 2, 6))
    assert queries.silent_days([site.pk, other.pk], FRIDAY) == {site.pk: 3, other.pk: None}
    assert queries.silent_days([site.pk], MONDAY) == {site.pk: 4}


def test_what_i_owe_today(site, secretary, dispatcher, move_day):
    for day in (date(2023, 2, 3), date(2023, 2, 6), date(2023, 2, 7), THURSDAY):
        verbs.file_track(site, by=secretary, workers_actual=1, day=day)
    assert queries.owed_today(dispatcher) == []
    from zhuanban.domains.responsibility.models import Responsibility

    Responsibility.objects.filter(project=site).update(from_day=date(2023, 1, 3))
    [owed] = queries.owed_today(secretary)
    assert (owed["project"], owed["due"], owed["late_days"], owed["days"]) == (site, date(2023, 2, 8), 2, 2)
    assert owed["url"].endswith("?day=2023-02-08")
    verbs.file_track(site, by=secretary, workers_actual=1, day=date(2023, 2, 8))
    [owed] = queries.owed_today(secretary)
    assert (owed["due"], owed["late_days"], owed["url"]) == (FRIDAY, 0, reverse("dispatch:track", args=[site.pk]))
    verbs.file_track(site, by=secretary, workers_actual=1)
    assert queries.owed_today(secretary) == []


def test_nobody_owes_for_days_before_he_was_there(site, secretary):
    assert [each["due"] for each in queries.owed_today(secretary)] == [FRIDAY]


def test_what_is_owed_costs_the_same_for_any_number_of_projects(project, secretary, dispatcher, django_assert_num_queries):
    for number in range(6):
        assign(project(f"项目{number}", stage="under_construction"), by=dispatcher, post="secretary", person=secretary)
    secretary.grants, _seen = secretary.grants, queries.owed_today(secretary)
    with django_assert_num_queries(6):
        assert len(queries.owed_today(secretary)) == 6


def test_the_missing_page_names_project_secretary_and_silence(site, secretary, dispatcher, sign_in):
    told = sign_in(dispatcher).get(reverse("dispatch:missing")).content.decode()
    assert site.name in told and secretary.name in told and "从未填报" in told
    verbs.file_track(site, by=secretary, workers_actual=1)
    assert site.name not in sign_in(dispatcher).get(reverse("dispatch:missing")).content.decode()


def test_reminding_tells_each_secretary_once_with_the_projects(site, secretary, dispatcher, areas):
    reminder = verbs.remind_missing(areas["220106"], by=dispatcher)
    assert (reminder.projects, reminder.people, reminder.after_cutoff) == (1, 1, False)
    [notice] = Notice.objects.filter(user=secretary, text__contains="17:00")
    assert site.name in notice.text and notice.url == reverse("dispatch:today")
    verbs.remind_missing(areas["220106"], by=dispatcher)
    with pytest.raises(Refused, match="已经催报"):
        verbs.remind_missing(areas["220106"], by=dispatcher)


def test_the_deputy_of_one_who_is_away_is_reminded(site, secretary, person, areas):
    deputy = person()
    Absence.objects.create(user=secretary, deputy=deputy, from_day=FRIDAY, to_day=FRIDAY, reason="出差")
    verbs.remind_missing(areas["220106"], by=None)
    assert Notice.objects.filter(user=deputy).exists() and not Notice.objects.filter(user=secretary, text__contains="日报").exists()


def test_when_all_is_filed_nobody_is_reminded(site, secretary, areas, dispatcher):
    verbs.file_track(site, by=secretary, workers_actual=1)
    with pytest.raises(Refused, match="都已填报"):
        verbs.remind_missing(areas["220106"], by=dispatcher)


def test_the_robot_reminds_once_before_and_once_after_the_cut_off(site, secretary, person):
    from zhuanban.domains.dispatch.jobs import remind_of_tracks

    desk = person("centre_dispatcher", area="220106")
    assert remind_of_tracks.call() == 0, "too early"
    at(FRIDAY, 16, 10)
    assert (remind_of_tracks.call(), remind_of_tracks.call()) == (1, 0)
    assert not Notice.objects.filter(user=desk).exists()
    at(FRIDAY, 17, 10)
    assert (remind_of_tracks.call(), remind_of_tracks.call()) == (1, 0)
    assert Notice.objects.filter(user=desk, text__contains="缺 1 份").count() == 1
    assert TrackReminder.objects.filter(by=None).count() == 2
    at(date(2023, 2, 12), 17, 10)
    assert remind_of_tracks.call() == 0, "a Sunday"


# Batch -------------------------------------------------------------------------------------------------------------------


def test_a_centre_files_many_at_once_and_what_is_wrong_is_named_and_kept(project, dispatcher, sign_in):
    good, bad, left = (project(name, stage="under_construction") for name in ("甲厂", "乙厂", "丙厂"))
    sent = {
        f"p{good.pk}-workers_actual": "40",
        f"p{good.pk}-weather": "snow",
        f"p{bad.pk}-workers_actual": "四十",
        f"p{bad.pk}-done_today": "砌墙",
    }
    client, url = sign_in(dispatcher), reverse("dispatch:batch")
    tried = client.post(url, sent | {"dry": "1", f"p{left.pk}-workers_actual": ""}).content.decode()
    assert "1 行可以提交，1 行有错" in tried and DailyTrack.objects.count() == 0
    done = client.post(url, sent | {f"p{left.pk}-workers_actual": ""}).content.decode()
    assert "已填报 1 个项目，1 行有错" in done and 'value="四十"' in done and 'value="砌墙"' in done
    assert [(track.project, track.workers_actual) for track in DailyTrack.objects.all()] == [(good, 40)]
    assert client.post(url, sent).status_code == 200 and DailyTrack.objects.count() == 1, "the row that is there is left alone"


def test_a_centre_cannot_file_for_another_district(project, person, sign_in):
    theirs = project("别区的", area="220102", stage="under_construction")
    sign_in(person("centre_dispatcher", area="220106")).post(reverse("dispatch:batch"), {f"p{theirs.pk}-workers_actual": "4"})
    assert DailyTrack.objects.count() == 0


# Beds --------------------------------------------------------------------------------------------------------------------


def test_beds_for_workers_are_recorded_and_closed(site, secretary):
    beds = verbs.add_housing(site, by=secretary, name="临时宿舍", capacity=300, temporary_land=True)
    assert WorkerHousing.objects.visible_to(secretary).get() == beds
    verbs.close_housing(beds, by=secretary, to_day=THURSDAY)
    with pytest.raises(Refused, match="已经停用"):
        verbs.close_housing(WorkerHousing.objects.get(), by=secretary, to_day=FRIDAY)
    with pytest.raises(BadInput):
        actions.submit("dispatch.add_housing", secretary, site.pk, {"name": "空", "capacity": "0"}, version=None)


def test_when_two_projects_become_one_the_days_go_along(site, project, secretary, dispatcher):
    from zhuanban.domains.portfolio import actions as portfolio
    from zhuanban.domains.portfolio.models import MergeProposal

    other = project("白鹭电池厂二期", stage="under_construction")
    for each, day in ((site, FRIDAY), (other, FRIDAY), (other, THURSDAY)):
        verbs.file_track(each, by=dispatcher, workers_actual=1, day=day)
    now = clock.now()
    pair = MergeProposal.objects.create(project=site, other=other, score=0.9, why="同名", created_at=now, updated_at=now)
    portfolio.merge(pair, by=dispatcher)
    assert set(DailyTrack.objects.filter(project=site).values_list("day", flat=True)) == {FRIDAY, THURSDAY}
    assert DailyTrack.objects.filter(project=other).count() == 1, "the day that both told stays where it was"
