"""No order of verbs, days and holidays loses a problem: somebody has it, a clock runs, and nobody did what was not theirs."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from posts import at_ten

from zhuanban.domains.problems import actions
from zhuanban.domains.problems.models import Problem
from zhuanban.kernel import clock, deadlines
from zhuanban.kernel.actions import REGISTRY
from zhuanban.kernel.errors import NotYours, Refused
from zhuanban.kernel.models import Deadline

State = Problem.State
BEGINNINGS = [date(2022, 9, 28), date(2023, 1, 19), date(2023, 2, 10), date(2023, 4, 27), date(2026, 12, 28)]
"""Before the National Day week, the Spring Festival, on a plain Friday, before May Day, and where the calendar is provisional."""
PEOPLE = ["owner", "secretary", "lead", "member", "leader", "city_leader", "dispatcher", "inspector", "handler", "land_handler"]
GIVEN = {
    "triage": {"tier": 2},
    "take": {},
    "solve": {"note": "已办"},
    "delegate": {"reason": "请办"},
    "refuse": {"rule": "某规定第三条"},
    "ask_time": {"days": 3, "reason": "等设备"},
    "grant_time": {},
    "deny_time": {"answer": "不行"},
    "pause": {"kind": "owner_request", "reason": "业主要求"},
    "resume": {},
    "escalate": {"reason": "办不了"},
    "de_escalate": {"note": "你来办"},
    "ask_not_accept": {"reason": "不属职责"},
    "not_accept": {"answer": "另寻途径"},
    "keep_open": {"answer": "继续"},
    "confirm": {"rating": 4},
    "recall": {"note": "已电话"},
    "close": {},
    "reopen": {"reason": "没办好"},
    "follow": {},
}
HOLDERS_ONLY = {"take", "solve", "refuse", "ask_time", "ask_not_accept"}
moves = st.one_of(
    st.tuples(st.sampled_from(sorted(GIVEN)), st.sampled_from(PEOPLE)),
    st.tuples(st.just("days"), st.integers(1, 12)),
    st.tuples(st.sampled_from(["take", "solve", "pause", "resume", "escalate", "delegate", "ask_time"]), st.just("holder")),
)


def behind(site) -> dict[str, set[str]]:
    """Who stands behind each principal, told without the rules."""
    return {
        f"user:{site.people['secretary'].pk}": {"secretary"},
        f"user:{site.people['lead'].pk}": {"lead", "member"},
        f"user:{site.people['leader'].pk}": {"leader"},
        f"org:{site.power.pk}": {"handler"},
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(begin=st.sampled_from(BEGINNINGS), needs=st.sampled_from([[], ["money"], ["policy"]]), steps=st.lists(moves, max_size=14))
@example(
    begin=BEGINNINGS[1], needs=[], steps=[("pause", "holder"), ("days", 12), ("resume", "holder"), ("days", 9), ("days", 9), ("days", 12)]
)
@example(
    begin=BEGINNINGS[0], needs=[], steps=[("solve", "secretary"), ("days", 12), ("close", "dispatcher"), ("reopen", "owner"), ("days", 12)]
)
@example(
    begin=BEGINNINGS[3],
    needs=["money"],
    steps=[("delegate", "lead"), ("days", 8), ("solve", "holder"), ("reopen", "owner"), ("solve", "holder")],
)
def test_no_order_of_verbs_and_days_loses_a_problem(site, begin, needs, steps):
    with transaction.atomic():
        at_ten(begin)
        problem = site.report(needs=needs)
        day, known = begin, behind(site)
        sound(problem)
        for what, who in steps:
            if what == "days":
                day += timedelta(days=who)
                at_ten(day)
                deadlines.sweep()
                assert not Deadline.objects.filter(state="open", due_on__lt=day, fired_at=None).exists()
            else:
                before = Problem.objects.get(pk=problem.pk)
                act(site, before, what, who, known)
            problem = Problem.objects.get(pk=problem.pk)
            sound(problem)
        transaction.set_rollback(True)


def act(site, problem: Problem, what: str, who: str, known: dict[str, set[str]]) -> None:
    """Try a verb as somebody; what went through must have been that person's to do."""
    if who == "holder":
        who = min(known.get(problem.holder_key, {"dispatcher"}))
    user, fields = getattr(site, who), dict(GIVEN[what])
    if what == "delegate":
        fields["department"] = site.power
    before, tier, holder = problem.state, problem.tier, problem.holder_key
    try:
        getattr(actions, what)(problem, by=user, **fields)
    except (Refused, NotYours):
        fresh = Problem.objects.get(pk=problem.pk)
        assert (fresh.state, fresh.tier) == (before, tier)
        return
    after = Problem.objects.get(pk=problem.pk)
    assert f"problems.{what}" in user.verbs
    assert before in Problem.OPEN or what == "reopen"
    if what in HOLDERS_ONLY:
        assert who in known[holder], (what, who)
    if what == "confirm":
        assert who == "owner"
    assert abs(after.tier - tier) <= (2 if what == "triage" else 1), "no tier is skipped"
    if what == "refuse":
        assert after.tier == tier + 1


def sound(problem: Problem) -> None:
    """Somebody has it, a clock runs unless it is stopped or over, and no clock says more than the total."""
    assert problem.holder_key and problem.holder_name
    holdings = list(problem.holdings.order_by("from_at", "pk"))
    running = [each for each in (problem.respond, problem.solve, problem.confirm) if each and each.state in {"open", "paused"}]
    if problem.state in Problem.WORKING:
        assert problem.solve.state == ("paused" if problem.paused_since else "open")
        assert problem.due_on == min(each.due_on for each in running)
        assert holdings[-1].to_at is None and holdings[-1].holder_key == problem.holder_key and holdings[-1].tier == problem.tier
        assert all(each.holder.key == problem.holder_key for each in running)
    elif problem.state in Problem.OPEN:
        assert problem.confirm.state == "open" and running == [problem.confirm] and holdings[-1].to_at is None
    else:
        assert running == [] and holdings[-1].to_at is not None and problem.closed_at
    assert not problem.paused_since or problem.state in Problem.WORKING
    assert holdings[0].from_at >= problem.reported_at
    ends = [row.to_at for row in holdings[:-1]]
    assert None not in ends and all(end <= row.from_at for end, row in zip(ends, holdings[1:], strict=True))
    days, end = deadlines.calendar(), problem.closed_at or clock.now()
    spans = [(timezone.localdate(row.from_at), timezone.localdate(row.to_at or clock.now())) for row in holdings]
    total = days.elapsed_working_days(timezone.localdate(problem.reported_at), timezone.localdate(end))
    assert total >= sum(days.elapsed_working_days(start, stop) for start, stop in spans)


def test_every_verb_of_problems_is_walked():
    named = {name.partition(".")[2] for name, known in REGISTRY.items() if known.on is Problem}
    beside = {"instruct", "consult", "supervise", "urge", "log_contact", "merge"}
    assert named == set(GIVEN) | beside
