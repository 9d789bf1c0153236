"""A first start: onto an empty store only, from nothing after a break, and with the city's printed figures."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db.models import F, Sum

from zhuanban.domains.people.models import User
from zhuanban.domains.plans import portfolio_queries as winter
from zhuanban.domains.plans.models import DateRequest, Disruption
from zhuanban.domains.portfolio import queries
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, timeline
from zhuanban.kernel.models import Deadline
from zhuanban.site.demo import accounts, city, load

LIMIT = 150


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_load_starts_again_from_nothing():
    def stop(done, total, words):
        if words == "项目":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load.load(city.generate(city.facts()), stop, limit=LIMIT)
    assert load.state() == "loading"
    assert load.load(city.generate(city.facts()), limit=LIMIT).fresh
    assert (Project.objects.count(), load.state()) == (LIMIT, "loaded")


def test_a_store_with_other_projects_is_left_alone(project):
    project("别人的项目")
    with pytest.raises(load.NotAnEmptyStore):
        load.load(city.generate(city.facts()), limit=LIMIT)
    assert Project.objects.count() == 1


def test_the_whole_city_bears_the_printed_figures_out(numbered_from_one):
    load.load(city.generate(city.facts()))
    listed = queries.listed(Project.objects.all(), 2022)
    assert listed.count() == 1309
    assert listed.aggregate(s=Sum("planned_investment"))["s"] == 1_180_000_000_000
    assert list(timeline.verify()) == []
    assert Deadline.objects.filter(state="open").count() >= 10
    for username, word in accounts.CANARIES.items():
        _only_its_own_see(User.objects.get(username=username), word)

    _what_was_forecast_came_as_often(User.objects.get(username="dispatcher-city"))
    _dates_are_asked_for_and_works_are_disturbed()


def _what_was_forecast_came_as_often(user):
    """The invented works are as uncertain as the forecasts say: nothing in the back-test contradicts them, and some came and some did not."""
    day = clock.today()
    said, unknown = winter.enclosures_said(user, day, winter.sampled_days(day))
    assert len(said) > 40 and unknown == 0
    assert all(group.agrees for group in winter.deciles(said))
    assert 0.15 < sum(row.came for row in said) / len(said) < 0.85
    assert all(share.agrees for share in winter.shares([(row.project, row.p50, row.p80, row.closed_on) for row in said], day))


def _dates_are_asked_for_and_works_are_disturbed():
    """Requests in every state, each with its reason, the refused ones with an answer from somebody above; some disruptions still go on."""
    states = Counter(DateRequest.objects.values_list("state", flat=True))
    assert min(states[state] for state in DateRequest.State.values) >= 8
    assert not DateRequest.objects.filter(reason="").exists()
    assert not DateRequest.objects.filter(state="denied", decided_by=F("asked_by")).exists()
    waiting = DateRequest.objects.filter(state="open")
    assert not waiting.filter(deadline=None).exists() and not waiting.exclude(node__due_on=F("from_day")).exists()
    assert set(Disruption.objects.values_list("kind", flat=True)) == set(Disruption.Kind.values)
    assert 5 <= Disruption.objects.filter(to_day=None).count() < Disruption.objects.count() / 3


def _only_its_own_see(user, word):
    """Who has projects sees the own word among them; the word stands in no project that the account cannot see."""
    marked = Project.objects.filter(content_and_scale__contains=word)
    seen = Project.objects.visible_to(user)
    assert set(marked) <= set(seen)
    assert marked.exists() or not seen.exists()
