"""Random acyclic graphs against networkx: lengths, floats, driving links, longest path, order and cycles."""

from datetime import datetime, timedelta

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import Activity, CycleError, Link, Network, ScheduleError, schedule
from zhuanban.engines.schedules.network import DuplicateActivity, SelfLink, UnknownActivity

START = datetime(2023, 1, 1)
ALWAYS = {"24h": ShiftCalendar.always()}


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[int], list[tuple[int, int, int]]]:
    """Durations of at most 14 activities, and links (before, after, lag) that lead from lower to higher numbers."""
    durations = draw(st.lists(st.integers(0, 50), min_size=1, max_size=14))
    pairs = [(before, after) for after in range(len(durations)) for before in range(after)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=30)) if pairs else []
    return durations, [(before, after, draw(st.integers(0, 20))) for before, after in chosen]


def network_of(durations, links) -> Network:
    activities = [Activity(str(at), minutes, "24h") for at, minutes in enumerate(durations)]
    return Network.from_records(reversed(activities), [Link(str(before), str(after), lag=lag) for before, after, lag in links])


def minutes(when) -> int:
    return int((when.item() - START) / timedelta(minutes=1))


@given(graphs())
@settings(max_examples=120, deadline=None)
def test_dates_floats_and_driving_links_are_those_of_the_graph(graph):
    durations, links = graph
    network = network_of(durations, links)
    result = schedule(network, ALWAYS, START)
    walk = nx.DiGraph()
    walk.add_nodes_from(range(len(durations)))
    walk.add_weighted_edges_from((before, after, durations[before] + lag) for before, after, lag in links)
    early, late, free = {}, {}, {}
    for node in nx.topological_sort(walk):
        early[node] = max((early[before] + edge["weight"] for before, _, edge in walk.in_edges(node, data=True)), default=0)
    end = max(early[node] + durations[node] for node in walk)
    for node in reversed(list(nx.topological_sort(walk))):
        after = [
            (late[successor] - edge["weight"], early[successor] - edge["weight"]) for _, successor, edge in walk.out_edges(node, data=True)
        ]
        late[node] = min([start for start, _ in after] + [end - durations[node]])
        free[node] = min((start for _, start in after), default=end - durations[node]) - early[node]
    for at, id in enumerate(network.ids):
        node = int(id)
        assert minutes(result.early_start[at]) == early[node] and minutes(result.early_finish[at]) == early[node] + durations[node]
        assert minutes(result.late_start[at]) == late[node] and result.total_float[at] == late[node] - early[node]
        assert result.free_float[at] == free[node] and result.critical[at] == (late[node] == early[node])
    drives = [early[before] + durations[before] + lag == early[after] for before, after, lag in links]
    assert result.driving_link.tolist() == drives
    driving = nx.DiGraph((before, after) for (before, after, _), on in zip(links, drives, strict=True) if on)
    driving.add_nodes_from(walk)
    last = {node for node in walk if early[node] + durations[node] == end}
    assert {int(id) for id, on in zip(network.ids, result.longest_path, strict=True) if on} == last.union(
        *(nx.ancestors(driving, node) for node in last)
    )


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_levels_are_the_longest_chains_of_links(graph):
    durations, links = graph
    network = network_of(durations, links)
    walk = nx.DiGraph((before, after) for before, after, _ in links)
    walk.add_nodes_from(range(len(durations)))
    for depth, generation in enumerate(nx.topological_generations(walk)):
        assert all(network.level[network.index[str(node)]] == depth for node in generation)
    assert sorted(network.order.tolist()) == list(range(len(network)))
    for at in range(len(network)):
        assert {network.links[link].successor for link in network.links_to(at)} <= {network.ids[at]}
        assert len(network.links_from(at)) == walk.out_degree(int(network.ids[at]))


@given(graphs(), st.data())
@settings(max_examples=60, deadline=None)
def test_a_cycle_is_named_in_the_order_of_its_links(graph, data):
    durations, links = graph
    walk = nx.DiGraph((before, after) for before, after, _ in links)
    if not walk:
        return
    after = data.draw(st.sampled_from(sorted(walk)))
    reached = sorted(nx.descendants(walk, after))
    if not reached:
        return
    back = (data.draw(st.sampled_from(reached)), after, 0)
    with pytest.raises(CycleError) as caught:
        network_of(durations, [*links, back])
    walk.add_edge(*back[:2])
    circle = [int(id) for id in caught.value.ids]
    assert len(circle) == len(set(circle)) > 1
    assert all(walk.has_edge(before, following) for before, following in zip(circle, [*circle[1:], circle[0]], strict=True))
    assert " > ".join(map(str, [*circle, circle[0]])) in str(caught.value)


def test_records_that_make_no_network_are_refused_with_the_ids_to_blame():
    one, other = Activity("1", 60, "24h"), Activity("2", 60, "24h")
    for records, links, error, ids in (
        ([one, other, one], [], DuplicateActivity, ("1",)),
        ([one, other], [Link("1", "3")], UnknownActivity, ("3",)),
        ([one, other], [Link("1", "1")], SelfLink, ("1",)),
        ([Activity("1", -60, "24h")], [], ScheduleError, ("1",)),
        ([Activity("1", 60, "24h", remaining=-1)], [], ScheduleError, ("1",)),
    ):
        with pytest.raises(error) as caught:
            Network.from_records(records, links)
        assert caught.value.ids == ids


def test_a_long_chain_and_a_wide_front_are_no_matter():
    chain = Network.from_records([Activity(str(at), 1, "24h") for at in range(3000)], [Link(str(at), str(at + 1)) for at in range(2999)])
    assert schedule(chain, ALWAYS, START).project_finish == START + timedelta(minutes=3000)
    front = Network.from_records([Activity(str(at), at, "24h") for at in range(3000)], [])
    assert schedule(front, ALWAYS, START).project_finish == START + timedelta(minutes=2999)
