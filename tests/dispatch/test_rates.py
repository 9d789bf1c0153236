"""Start and resumption by date in both parts, completion against time, and work that does not stop in winter."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.domains.dispatch.models import DailyTrack
from zhuanban.domains.dispatch.queries import rates, tracks
from zhuanban.domains.plans.models import Node
from zhuanban.domains.portfolio.models import AnnualPlan, InvestmentEntry, ListMembership, Project, ProjectList, Tag
from zhuanban.kernel import clock, figures
from zhuanban.kernel.dates import PartialDate
from zhuanban.kernel.figures import Scope

HALF, THIRD = date(2022, 6, 30), date(2022, 9, 30)


@pytest.fixture
def on_list(project, areas):
    """Make projects of the 2022 list: `on_list("continued", begun="2022-05-01")`."""
    book = ProjectList.objects.create(name="市级清单2022", level="city", year=2022, area=areas["220100"])

    def make(kind: str, begun: str | None = None, area: str = "220106", added=date(2022, 1, 10), removed=None) -> Project:
        made = project(area=area, planned_investment=Decimal(60_000_000), sector="industry", continuity=kind)
        column = {"new_start": "start_actual", "continued": "resumed_on"}.get(kind)
        if column and begun:
            Project.objects.filter(pk=made.pk).update(**{column: begun})
        ListMembership.objects.create(list=book, project=made, added_on=added, removed_on=removed, reason="退出" if removed else "")
        return made

    return make


def on(day: date) -> rates.Rate:
    return rates.rate_on(rates.spans(Project.objects.all(), 2022), day)


def read(name: str, day: date = date(2023, 2, 10)):
    return figures.REGISTRY[name].read(Scope(day, year=2022))


# The rate ---------------------------------------------------------------------------------------------------------------------------


def test_128_of_142_print_as_90_1():
    rate = rates.Rate(HALF, started=70, new=80, resumed=58, continued=62, listed=142)
    assert figures.printed(rate.rate, "pct") == "90.1%"


def test_both_parts_stand_beside_the_whole(on_list):
    on_list("new_start", "2022-06-30"), on_list("new_start", "2022-07-01"), on_list("new_start")
    on_list("continued", "2022-03-01"), on_list("continued", "2022-09-30"), on_list("")
    half, third = on(HALF), on(THIRD)
    assert (half.started, half.new, half.resumed, half.continued, half.listed) == (1, 3, 1, 2, 6)
    assert (third.started, third.resumed) == (2, 2)
    assert (third.resume_part, round(third.start_part, 1), round(third.rate, 1)) == (100, Decimal("66.7"), Decimal("66.7"))
    assert on(date(2021, 12, 31)).rate is None, "nothing was on the list yet"


@pytest.mark.parametrize(
    ("told", "day", "begun"),
    [
        ("2022-06", date(2022, 6, 29), 0),
        ("2022-06", date(2022, 6, 30), 1),
        ("2022-05", date(2022, 6, 1), 1),
        ("2022-02", date(2022, 2, 28), 1),
        ("2022", date(2022, 12, 30), 0),
        ("2022", date(2022, 12, 31), 1),
        ("2021", date(2022, 3, 1), 1),
        ("2022-06-15", date(2022, 6, 14), 0),
        ("2022-06-15", date(2022, 6, 15), 1),
    ],
)
def test_a_start_known_to_the_month_counts_from_its_last_day(on_list, told, day, begun):
    on_list("new_start", told)
    assert on(day).started == begun == read("portfolio.start_part", day).parts["已开工"]


def test_the_list_is_that_of_the_day(on_list):
    on_list("new_start", "2022-05-01")
    on_list("new_start", added=date(2022, 7, 27))
    on_list("continued", "2022-04-01", removed=date(2022, 8, 1))
    assert [(on(day).new, on(day).continued) for day in (HALF, THIRD)] == [(1, 1), (2, 0)]


def test_the_figures_of_the_paper_read_the_same(on_list):
    for begun in ("2022-03-01", "2022-06-30", "2022-07-10"):
        on_list("continued", begun)
        on_list("new_start", begun)
    assert read("portfolio.start_resume_half").value == on(HALF).rate
    assert read("portfolio.start_resume_half").evidence == 4
    assert read("portfolio.resumed_q3").value == on(THIRD).resume_part == 100
    for day in (date(2022, 3, 1), HALF, THIRD):
        assert read("portfolio.resume_part", day).value == on(day).resume_part


dates_ = st.one_of(st.none(), st.dates(date(2022, 1, 1), date(2022, 12, 31)))


@given(st.lists(st.tuples(st.sampled_from(["new_start", "continued", ""]), dates_, st.integers(1, 9)), max_size=12))
def test_the_curve_never_falls_while_the_list_stays(rows):
    found = [rates.Span("220106", kind, day if kind else None, date(2022, 1, 1), None, n) for kind, day, n in rows]
    curve = rates.curve(found, 2022, date(2022, 12, 31))
    for before, after in pairwise(curve):
        for name in ("rate", "start_part", "resume_part"):
            assert (getattr(before, name) or 0) <= (getattr(after, name) or 0) <= 100
    assert {HALF, THIRD} <= {row.day for row in curve}


# Completion against time ------------------------------------------------------------------------------------------------------------


def test_the_difference_is_taken_before_rounding():
    pace = rates.Pace(Decimal(62_900_000_000), Decimal(64_740_000_000), 10)
    assert figures.printed(pace.completion, "pct") == "97.2%"
    assert round(pace.ahead, 1) == Decimal("13.8") != round(round(pace.completion, 1) - round(pace.time, 1), 1)


def test_the_figure_of_the_difference_rounds_once(on_list, dispatcher):
    made = on_list("continued")
    at = clock.now()
    stamps = {"created_at": at, "updated_at": at}
    AnnualPlan.objects.create(project=made, year=2022, amount=Decimal("64740000000"), **stamps)
    InvestmentEntry.objects.create(project=made, month=date(2022, 10, 1), amount=Decimal("62900000000"), **stamps)
    reading = read("dispatch.ahead_of_time", date(2022, 10, 31))
    assert (reading.value, list(reading.parts.values())) == (Decimal("13.8"), [Decimal("97.2"), Decimal("83.3")])
    assert read("dispatch.ahead_of_time", date(2022, 10, 30)).value is None, "October is not over"


@pytest.mark.parametrize(
    ("day", "months"),
    [
        (date(2022, 1, 30), 0),
        (date(2022, 1, 31), 1),
        (date(2022, 2, 28), 2),
        (date(2022, 12, 31), 12),
        (date(2023, 1, 1), 12),
        (date(2021, 5, 5), 0),
    ],
)
def test_a_month_counts_when_its_last_day_is_over(day, months):
    assert rates.months_over(2022, day) == months


def test_an_area_that_has_reported_nothing_has_no_completion(on_list):
    made = on_list("continued")
    AnnualPlan.objects.create(project=made, year=2022, amount=Decimal(1), created_at=clock.now(), updated_at=clock.now())
    found = rates.paces(Project.objects.all(), 2022, date(2022, 12, 31))
    assert found["220106"].completion is None and found["220106"].ahead is None


# Winter -----------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def winter(project):
    """Make projects that build through the winter: `winter(workers=40)`; without a number nothing was reported."""
    tag = Tag.objects.create(key="winter_advance", name="冬季加速推进", season="2022/23")

    def make(workers: int | None = None, stage: str = "under_construction", day: date | None = None) -> Project:
        made = project(stage=stage, winter_building=True, end_reason="停工" if stage == "suspended" else "")
        tag.projects.add(made)
        if workers is not None:
            at = clock.now()
            day = day or tracks.last_closed(clock.today())
            DailyTrack.objects.create(project=made, day=day, workers_actual=workers, filed_at=at, created_at=at, updated_at=at)
        return made

    return make


def test_building_in_winter_means_people_on_the_site(winter):
    winter(workers=40), winter(workers=0), winter(), winter(stage="suspended"), winter(workers=9, day=date(2023, 1, 3))
    stopped = read("dispatch.winter_stopped")
    assert (stopped.value, stopped.evidence) == (2, 2)
    assert read("dispatch.winter_sites_manned").value == 1


def test_the_winter_list_shows_track_and_next_node(winter, dispatcher, sign_in):
    made = winter(workers=137)
    at = clock.now()
    for name, due, reached in (
        ("暖封闭", date(2023, 1, 5), date(2023, 1, 4)),
        ("完工", date(2023, 5, 1), None),
        ("投产", date(2023, 9, 1), None),
    ):
        Node.objects.create(
            project=made, code=f"n{due.month}", name=name, phase="building", due_on=due, reached_on=reached, created_at=at, updated_at=at
        )
    page = sign_in(dispatcher).get(reverse("dispatch:winter")).content.decode()
    assert "137" in page and "完工 05-01" in page and "2023-02-09" in page and "投产" not in page


@pytest.mark.parametrize(("chip", "number"), [("working", 1), ("stopped", 2), ("silent", 2), ("red", 0), ("doubtful", 0)])
def test_the_winter_lists_chips_count(winter, dispatcher, sign_in, chip, number):
    winter(workers=40), winter(workers=0), winter(stage="suspended"), winter()
    answer = sign_in(dispatcher).get(reverse("kernel:count", args=["dispatch.winter"]), {"chip": chip})
    assert answer.content.decode() == str(number)


# The page ---------------------------------------------------------------------------------------------------------------------------


def test_the_page_tells_the_rate_of_any_day(on_list, dispatcher, sign_in):
    on_list("continued", "2022-05-01"), on_list("continued", "2022-08-01"), on_list("new_start", "2022-04-01")
    browser = sign_in(dispatcher)
    page = browser.get(reverse("dispatch:rates"), {"on": "2022-06-30"}).content.decode()
    assert "66.7%" in page and "2 / 3" in page and "<svg" in page
    for wrong in ("2023-02-11", "x", "2022-13-01", "0001-01-01"):
        assert browser.get(reverse("dispatch:rates"), {"on": wrong}).status_code == 400


def test_the_page_costs_the_same_for_any_number_of_projects(on_list, dispatcher, sign_in):
    browser, counts = sign_in(dispatcher), []
    for _ in range(2):
        for at in range(8):
            on_list(("continued", "new_start")[at % 2], f"2022-0{at + 1}-01", area=("220106", "220102")[at % 2])
        browser.get(reverse("dispatch:rates"))
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(reverse("dispatch:rates")).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 45, counts


def test_a_district_reads_its_own_rates(on_list, person, sign_in):
    on_list("continued", "2022-05-01"), on_list("continued", area="220102")
    page = sign_in(person("district_leader", area="220106")).get(reverse("dispatch:rates")).content.decode()
    assert "绿园区" in page and "南关区" not in page


def test_dates_with_precision_are_read_as_told():
    assert rates.known_by(PartialDate(date(2022, 2, 1), "month")) == date(2022, 2, 28)
    assert rates.known_by(None) is None
