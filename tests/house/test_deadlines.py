"""Whatever is owed in the town leads to the row that it is about, and offers only what can be done there."""

from __future__ import annotations

import collections

from town import HERE

from zhuanban.domains.cockpit.queries import moves
from zhuanban.kernel import actions
from zhuanban.kernel.models import Deadline


def open_deadlines():
    return list(Deadline.objects.filter(state__in=[Deadline.State.OPEN, Deadline.State.PAUSED]).select_related("dossier"))


def test_every_clock_that_runs_has_a_row_behind_it(town):
    rows = open_deadlines()
    found = moves.behind(town.dispatcher, rows)
    lost = collections.Counter(row.on_due for row in rows if row.on_due in moves.FINDERS and row.pk not in found)
    assert rows and not lost
    for row in rows:
        if row.pk in found:
            assert moves.dossier_of(found[row.pk].row) == row.dossier_id, row.on_due


def test_a_button_is_a_verb_on_that_row(town):
    rows = open_deadlines()
    for found in moves.behind(town.dispatcher, rows).values():
        for name in found.verbs:
            assert isinstance(found.row, actions.REGISTRY[name].on), (name, found.row)


def test_each_kind_is_read_at_one_cost(town, django_assert_max_num_queries):
    rows = open_deadlines()
    kinds = {row.on_due for row in rows if row.on_due in moves.FINDERS}
    user = town.holder("centre_dispatcher", widest=True)
    user.verbs, user.principal_keys  # noqa: B018  # who the person is has been read before
    with django_assert_max_num_queries(5 * len(kinds) + 4):
        moves.buttons(user, moves.behind(user, rows).values())
    assert HERE and len(kinds) >= 4
