"""The chain of events: what was changed, is missing or was added is found and located."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.domains.portfolio import actions as portfolio
from zhuanban.kernel import timeline
from zhuanban.kernel.models import Dossier, Event


@pytest.fixture
def story(project, dispatcher):
    """A project with a few events, sealed."""
    subject = project("链上项目")
    for number in range(4):
        portfolio.revise(subject, by=dispatcher, short_name=f"第{number}次")
    timeline.seal()
    return subject


def faults():
    return [(fault.dossier, fault.seq, fault.what) for fault in timeline.verify()]


def test_an_untouched_record_has_no_fault(story):
    assert faults() == []


def test_a_changed_word_is_located(story):
    event = Event.objects.get(dossier_id=story.pk, seq=3)
    event.data["said"]["short_name"] = "第x次"
    Event.objects.filter(pk=event.pk).update(data=event.data)
    assert (story.pk, 3, "event was changed") in faults()


def test_a_changed_instant_is_located(story):
    event = Event.objects.get(dossier_id=story.pk, seq=2)
    Event.objects.filter(pk=event.pk).update(at=event.at.replace(microsecond=(event.at.microsecond + 1) % 1_000_000))
    assert (story.pk, 2, "event was changed") in faults()


def test_a_missing_event_is_located(story):
    Event.objects.filter(dossier_id=story.pk, seq=3).delete()
    assert faults() == [(story.pk, 3, "event is missing")]


def test_the_last_event_cannot_go_unseen_even_with_its_head(story):
    last = Event.objects.filter(dossier_id=story.pk).latest("seq")
    before = Event.objects.get(dossier_id=story.pk, seq=last.seq - 1)
    last.delete()
    Dossier.objects.filter(pk=story.pk).update(head_seq=before.seq, head_hash=before.hash)
    assert (story.pk, last.seq, "chain is shorter than its seal") in faults()


def test_an_added_event_is_located(story):
    head = Dossier.objects.get(pk=story.pk)
    Event.objects.create(
        dossier_id=story.pk, seq=head.head_seq + 1, verb="portfolio.revise", at=head.changed_at, actor="x", data={}, hash="0" * 64
    )
    assert (story.pk, head.head_seq + 1, "event was added after the head") in faults()


def test_a_rewritten_chain_differs_from_its_seal(story):
    """Somebody who recomputes every hash still cannot satisfy the seal that was kept."""
    rows = list(Event.objects.filter(dossier_id=story.pk).order_by("seq"))
    head = Dossier(pk=story.pk, head_seq=0, head_hash="")
    for row in rows:
        data = {**row.data, "said": {"forged": True}}
        forged = timeline.chain(head, row.verb, actor=row.actor, subject=row.subject, at=row.at, data=data)
        Event.objects.filter(pk=row.pk).update(data=data, hash=forged.hash)
    Dossier.objects.filter(pk=story.pk).update(head_seq=head.head_seq, head_hash=head.head_hash)
    assert (story.pk, len(rows), "chain differs from its seal") in faults()


def test_a_whole_chain_that_is_gone_is_noticed(story):
    Event.objects.filter(dossier_id=story.pk).delete()
    assert any(fault[0] == story.pk and "missing" in fault[2] for fault in faults())


def test_what_is_hashed_is_what_is_read_back(story):
    event = Event.objects.filter(dossier_id=story.pk).latest("seq")
    text = timeline.canonical(event.dossier_id, event.seq, event.verb, event.at, event.actor, event.subject, event.data)
    previous = Event.objects.get(dossier_id=story.pk, seq=event.seq - 1).hash
    assert timeline.link(previous, text) == event.hash


@given(st.lists(st.text(max_size=8), max_size=9), st.data())
def test_a_merkle_root_changes_with_any_leaf(leaves, data):
    root = timeline.merkle_root(leaves)
    if leaves:
        at = data.draw(st.integers(0, len(leaves) - 1))
        assert timeline.merkle_root([*leaves[:at], leaves[at] + "!", *leaves[at + 1 :]]) != root
    assert timeline.merkle_root([*leaves, "one more"]) != root


def test_verifying_reads_in_a_fixed_number_of_queries(story, project, django_assert_max_num_queries):
    for _ in range(5):
        project()
    timeline.seal()
    with django_assert_max_num_queries(8):
        assert faults() == []
    assert connection.vendor in {"sqlite", "postgresql"}
