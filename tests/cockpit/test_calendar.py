"""The calendar: what falls on which day, mine or an area's, and as a file for another calendar."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest
from cast import CITY, HERE, THERE, carry, node, stamps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.domains.cockpit import ics
from zhuanban.domains.cockpit.pages import calendar as pages
from zhuanban.domains.cockpit.queries import calendar as queries
from zhuanban.domains.cockpit.queries.calendar import Asked
from zhuanban.domains.dispatch.actions import meetings
from zhuanban.domains.dispatch.models import Meeting
from zhuanban.domains.people.models import Area
from zhuanban.kernel import deadlines
from zhuanban.kernel.models import CalendarYear, Event

FEBRUARY = Asked(date(2023, 1, 30), date(2023, 3, 5))


def shown(user, asked: Asked = FEBRUARY) -> dict[date, list[str]]:
    return {each.day: [entry.title for entry in each.entries] for each in queries.days(user, asked) if each.entries}


def opened(user, **asked) -> str:
    browser = Client()
    browser.force_login(user)
    answer = browser.get(reverse("cockpit:calendar"), asked)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def meeting(cast):
    city = Area.objects.get(pk=CITY)
    series = meetings.set_up_series(city, by=cast.city_dispatcher, name="市周调度", weekday=4, starts_at=time(14))
    return Meeting.objects.create(
        series=series, year=2023, number=6, held_on=date(2023, 2, 17), starts_at=time(14), place="三楼", **stamps()
    )


# What falls on a day ------------------------------------------------------------------------------------------------------------------


def test_a_day_holds_what_i_owe_what_i_carry_and_the_meetings(cast, meeting):
    problem = cast.report()
    node(cast.project, "完工", date(2023, 2, 17))
    node(cast.project, "早已完工", date(2023, 2, 16), reached_on=date(2023, 2, 1))
    days = shown(cast.secretary)
    assert days[problem.respond.due_on] == [f"答复问题：{problem.title}"]
    assert days[date(2023, 2, 17)] == ["完工 · 甲项目"]
    assert shown(cast.city_dispatcher)[date(2023, 2, 17)] == ["市周调度（2023年第6次）"]


def test_mine_is_what_i_carry_and_all_is_what_i_see(cast, project):
    other = project("丁项目", area=HERE, stage="under_construction")
    node(other, "封顶", date(2023, 2, 20))
    everything = Asked(FEBRUARY.first, FEBRUARY.last, mine=False)
    assert date(2023, 2, 20) not in shown(cast.dispatcher)
    assert shown(cast.dispatcher, everything)[date(2023, 2, 20)] == ["封顶 · 丁项目"]
    assert date(2023, 2, 20) not in shown(cast.secretary, everything)


def test_an_area_narrows_and_a_stranger_sees_nothing(cast, project, person):
    here, there = (
        node(cast.project, "完工", date(2023, 2, 20)),
        node(project("戊项目", area=THERE, stage="ready"), "开工", date(2023, 2, 20)),
    )
    asked = Asked(FEBRUARY.first, FEBRUARY.last, mine=False, area=THERE)
    assert shown(cast.city_dispatcher, asked) == {date(2023, 2, 20): [f"{there.name} · 戊项目"]}
    assert shown(person("district_leader", area=THERE), Asked(FEBRUARY.first, FEBRUARY.last, False)).get(date(2023, 2, 20)) == [
        "开工 · 戊项目"
    ]
    assert here.project.name not in str(shown(person(), Asked(FEBRUARY.first, FEBRUARY.last, False)))


def test_a_firm_sees_only_its_own_deadlines(cast):
    deadlines.owe(cast.project.dossier, f"area:{HERE}", "内部的事", on_due="x.y", due_on=date(2023, 2, 20))
    assert "内部的事" not in opened(cast.owner, all="1", on="2023-02-20")
    assert "内部的事" in opened(cast.dispatcher, on="2023-02-20")


def test_a_full_day_shows_its_first_and_says_how_many_more(cast):
    for at in range(9):
        deadlines.owe(cast.project.dossier, f"user:{cast.secretary.pk}", f"第{at}件", on_due="x.y", due_on=date(2023, 2, 20))
    day = next(each for each in queries.days(cast.secretary, FEBRUARY) if each.day == date(2023, 2, 20))
    assert ([entry.title for entry in day.entries], day.more) == (["第0件", "第1件", "第2件", "第3件"], 5)
    page = opened(cast.secretary, on="2023-02-20")
    assert "还有 5 件" in page and "view=week" in page
    assert "第8件" in opened(cast.secretary, on="2023-02-20", view="week")


def test_what_is_late_is_marked(cast):
    node(cast.project, "完工", date(2023, 2, 8))
    deadlines.owe(cast.project.dossier, f"user:{cast.secretary.pk}", "早该办的", on_due="x.y", due_on=date(2023, 2, 9))
    tones = {entry.title: entry.tone for each in queries.days(cast.secretary, FEBRUARY) for entry in each.entries}
    assert tones == {"完工 · 甲项目": "red", "早该办的": "red"}


# Holidays, frost ------------------------------------------------------------------------------------------------------------------------


def test_holidays_make_up_days_and_years_without_a_table_are_marked(cast):
    days = {each.day: each for each in queries.days(cast.secretary, Asked(date(2022, 12, 26), date(2023, 2, 5)))}
    assert not days[date(2023, 1, 23)].workday and days[date(2023, 1, 23)].name
    assert days[date(2023, 1, 28)].workday and days[date(2023, 1, 28)].name == "调休上班"
    assert not days[date(2023, 1, 23)].provisional
    CalendarYear.objects.filter(year=2023).delete()
    assert all(each.provisional for each in queries.days(cast.secretary, FEBRUARY))
    assert "暂按平常年历" in opened(cast.secretary)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2022, 10, 20), ["冬期开始"]),
        (date(2022, 11, 15), ["室外湿作业停工", "暖封闭期限"]),
        (date(2023, 3, 15), ["室外湿作业停工到此"]),
        (date(2023, 4, 10), ["冬期到此结束"]),
        (date(2023, 7, 1), []),
    ],
)
def test_the_frost_rules_begin_and_end_on_the_citys_days(seeds, day, words):
    assert sorted(entry.title for entry in queries.frost_lines(day, day)) == sorted(words)
    assert day not in {entry.day for entry in queries.frost_lines(day + timedelta(days=1), day + timedelta(days=60))}


# The page ---------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["month", "week"])
def test_the_page_walks_back_and_forth(cast, view):
    page = opened(cast.secretary, on="2023-02-10", view=view)
    before, after = re.search(r'rel="prev" href="\?([^"]+)"', page), re.search(r'rel="next" href="\?([^"]+)"', page)
    assert before and after and "data-walk" in page and page.count("data-cell") == (35 if view == "month" else 7)
    assert "on=2023-01-31" in before[1] if view == "month" else "on=2023-02-05" in before[1]
    assert "on=2023-03-01" in after[1] if view == "month" else "on=2023-02-13" in after[1]


@pytest.mark.parametrize(
    "wrong", [{"on": "x"}, {"on": "2023-02-30"}, {"on": "1900-01-01"}, {"on": "9999-12-31"}, {"area": "220102"}, {"area": "\0"}]
)
def test_nonsense_is_refused_in_words(cast, wrong):
    browser = Client()
    browser.force_login(cast.dispatcher)
    assert browser.get(reverse("cockpit:calendar"), wrong).status_code == 400


def test_the_edges_of_the_calendar_have_no_way_on(cast):
    assert 'rel="prev" aria-disabled' in opened(cast.secretary, on="2015-01-15")
    assert 'rel="next" aria-disabled' in opened(cast.secretary, on="2035-12-15")


@pytest.mark.parametrize("asked", [{}, {"all": "1"}, {"view": "week", "all": "1"}])
def test_the_page_costs_the_same_for_any_number_of_entries(cast, project, asked):
    counts = []
    browser = Client()
    browser.force_login(cast.dispatcher)
    for _ in range(2):
        for at in range(6):
            made = project(area=HERE, stage="under_construction")
            node(made, "完工", date(2023, 2, 12 + at))
            deadlines.owe(made.dossier, f"area:{HERE}", "区里的事", on_due="x.y", due_on=date(2023, 2, 12 + at))
        browser.get(reverse("cockpit:calendar"), asked)
        with CaptureQueriesContext(connection) as told:
            assert browser.get(reverse("cockpit:calendar"), asked).status_code == 200
        counts.append(len(told))
    assert counts[0] == counts[1] <= 40, counts


@given(st.dates(date(2016, 1, 1), date(2034, 12, 31)), st.sampled_from([pages.MONTH, pages.WEEK]))
def test_a_span_is_whole_weeks_around_the_day(on, view):
    first, last = pages.span(view, on)
    assert first <= on <= last and first.weekday() == 0 and last.weekday() == 6
    assert (last - first).days + 1 in ({7} if view == pages.WEEK else {28, 35, 42})


# The file ---------------------------------------------------------------------------------------------------------------------------------


def unfolded(body: str) -> list[str]:
    return body.replace("\r\n ", "").split("\r\n")


def test_my_days_are_a_file_that_other_calendars_read(cast, meeting):
    node(cast.project, "完工；封顶, 收尾", date(2023, 2, 17))
    cast.report()
    browser = Client()
    browser.force_login(cast.secretary)
    answer = browser.get(reverse("cockpit:calendar_file"))
    body = answer.content.decode()
    assert (
        answer["Content-Type"].startswith("text/calendar")
        and "attachment" in answer["Content-Disposition"]
        and answer["Cache-Control"] == "no-store"
    )
    lines = unfolded(body)
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2:] == ["END:VCALENDAR", ""]
    assert "SUMMARY:完工；封顶\\, 收尾 · 甲项目" in lines and "DTSTART;VALUE=DATE:20230217" in lines
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 3
    assert all(len(line.encode()) <= 75 for line in body.split("\r\n"))
    browser.force_login(cast.city_dispatcher)
    told = unfolded(browser.get(reverse("cockpit:calendar_file")).content.decode())
    assert "DTSTART:20230217T060000Z" in told and "LOCATION:三楼" in told


def test_taking_the_file_is_on_record(cast):
    browser = Client()
    browser.force_login(cast.secretary)
    browser.get(reverse("cockpit:calendar_file"))
    event = Event.objects.filter(verb="kernel.export").latest("pk")
    assert (event.data["listing"], event.data["kind"]) == ("cockpit.calendar", "ics")


def test_nobody_takes_anothers_days(cast, person):
    cast.report()
    browser = Client()
    assert browser.get(reverse("cockpit:calendar_file")).status_code in {302, 401}
    browser.force_login(person("project_secretary"))
    assert "BEGIN:VEVENT" not in browser.get(reverse("cockpit:calendar_file")).content.decode()


def test_the_same_event_keeps_its_name(cast):
    node(cast.project, "完工", date(2023, 2, 17))
    asked = Asked(date(2023, 2, 1), date(2023, 3, 1))
    assert [each.key for each in ics.events(cast.secretary, asked)] == [each.key for each in ics.events(cast.secretary, asked)]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_no_words_break_out_of_their_line(words):
    event = ics.Event("node-1", words, "/p/1/", day=date(2023, 2, 10))
    body = ics.text([event], "https://zhuanban.example/")
    lines = unfolded(body)
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 1
    assert all(re.match(r"[A-Z-]+[;:]", line) for line in lines if line)
    assert all(len(part.encode()) <= 75 for part in body.split("\r\n"))


def test_a_secretary_who_hands_over_has_the_days_no_longer(cast, person):
    from zhuanban.domains.responsibility.models import Responsibility

    node(cast.project, "完工", date(2023, 2, 17))
    Responsibility.objects.filter(post="secretary").update(state="handed_over", to_day=date(2023, 2, 9))
    carry(cast.project, "secretary", person=(new := person("project_secretary")))
    assert date(2023, 2, 17) not in shown(cast.secretary)
    assert date(2023, 2, 17) in shown(type(new).objects.get(pk=new.pk))
