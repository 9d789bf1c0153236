"""What holds for every listing of the house, in each of its layouts. A new listing is tested here as soon as it is registered."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import zipfile

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from markup import read
from python_calamine import CalamineWorkbook
from town import fill, reader

from zhuanban.kernel import exports, listings
from zhuanban.kernel.masks import is_formula_like, strip_forbidden
from zhuanban.kernel.models import Dossier, Event, SavedView

MOST_STATEMENTS = 40
NEVER_EMPTY = {"people.areas"}
"""Listings whose rows every installation is seeded with, and which everybody sees."""
NOWHERE = "没有这样的词"
every_listing = pytest.mark.parametrize("name", sorted(listings.REGISTRY))
every_layout = pytest.mark.parametrize(
    ("name", "layout"),
    [(name, layout) for name, known in sorted(listings.REGISTRY.items()) for layout in ("", *(each.name for each in known.layouts))],
)
every_sort = pytest.mark.parametrize(
    ("name", "order"),
    [
        (name, sign + column.name)
        for name, known in sorted(listings.REGISTRY.items())
        for column in known.columns
        if column.sort
        for sign in ("", "-")
    ],
)
every_filter = pytest.mark.parametrize(
    ("name", "filter_"), [(name, each.name) for name, known in sorted(listings.REGISTRY.items()) for each in known.filters]
)
every_chip = pytest.mark.parametrize(
    ("name", "chip"), [(name, each.name) for name, known in sorted(listings.REGISTRY.items()) for each in known.chips]
)


def address(name: str, **params) -> str:
    query = QueryDict(mutable=True)
    query.update(params)
    return reverse("kernel:listing", args=[name]) + (f"?{query.urlencode()}" if params else "")


def query(known, user, **params) -> listings.Query:
    given = QueryDict(mutable=True)
    size = params.pop("size", listings.PAGE)
    given.update(params)
    return listings.Query(known, user, given, size=size)


def model_of(known, user):
    return known.rows(user).model


@pytest.fixture
def opened(town, enter):
    """A listing, somebody who reads it, and this person's browser: `opened(name, rows=3)`."""

    def open_(name: str, rows: int = 0):
        known = listings.REGISTRY[name]
        user = reader(town, known)
        if rows:
            fill(town, model_of(known, user), rows)
        return known, user, enter(user)

    return open_


# Pages ----------------------------------------------------------------------------------------------------------------


@every_listing
def test_a_listing_says_what_it_is_and_when_it_is_empty(name):
    known = listings.REGISTRY[name]
    assert str(known.title)
    assert str(known.empty) or name in NEVER_EMPTY, "an empty listing tells what it is for"
    assert known.columns and sum(column.link for column in known.columns) == 1
    assert all(str(column.label) for column in known.columns)
    assert known.column(known.order.lstrip("-")).sort
    assert len({column.name for column in known.columns}) == len(known.columns)


@every_layout
def test_it_renders_with_rows_and_without(opened, name, layout):
    known, user, browser = opened(name, rows=4)
    asked = {"as": layout} if layout else {}
    full = browser.get(address(name, **asked))
    assert full.status_code == 200
    assert read(full.content.decode()).complaints == []
    if known.search:
        empty = browser.get(address(name, q=NOWHERE, **asked))
        assert empty.status_code == 200
        assert read(empty.content.decode()).complaints == []
        assert query(known, user, q=NOWHERE).count() == 0
        assert known.rows(user).first().get_absolute_url() not in empty.content.decode()


@every_layout
def test_a_stranger_sees_an_empty_listing_or_none(town, enter, name, layout):
    answer = enter(town.person()).get(address(name, **({"as": layout} if layout else {})))
    assert answer.status_code in ({404} if listings.REGISTRY[name].guard else {200})
    assert "金丝雀" not in answer.content.decode()


@every_layout
def test_its_statements_do_not_depend_on_its_rows(town, opened, name, layout):
    known, user, browser = opened(name, rows=3)
    asked = address(name, **({"as": layout} if layout else {}))
    browser.get(asked)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert browser.get(asked).status_code == 200
    fill(town, model_of(known, user), 57)
    with CaptureQueriesContext(connection) as many:
        assert browser.get(asked).status_code == 200
    assert len(few) == len(many), "\n".join(sorted({each["sql"][:200] for each in many}))
    assert len(many) <= MOST_STATEMENTS


@every_listing
def test_a_page_holds_no_more_rows_than_a_page_does(opened, name):
    _known, _user, browser = opened(name, rows=listings.PAGE + 10)
    page = browser.get(address(name)).content.decode()
    assert len(re.findall("<tr>", page)) <= listings.PAGE + 1
    found = re.search(r'rel="next" href="([^"]+)"', page)
    assert found
    onward = browser.get(reverse("kernel:listing", args=[name]) + found[1].replace("&amp;", "&"))
    assert onward.status_code == 200 and 'rel="prev"' in onward.content.decode()


# Order and place ------------------------------------------------------------------------------------------------------


def forward(known, user, order: str, size: int, **params) -> tuple[list, listings.Page]:
    """Every page from the first on: the rows' ids, and the last page."""
    seen, page = [], query(known, user, order=order, size=size, **params).page
    while True:
        seen += [row.pk for row in page.rows]
        if not page.next or len(seen) > 500:
            return seen, page
        page = query(known, user, order=order, size=size, after=page.next, **params).page


def backward(known, user, order: str, size: int, page: listings.Page) -> list:
    """Every page before this one, the rows' ids in the order of the pages."""
    seen = [row.pk for row in page.rows]
    while page.previous and len(seen) <= 500:
        page = query(known, user, order=order, size=size, before=page.previous).page
        seen = [row.pk for row in page.rows] + seen
    return seen


@every_sort
def test_paging_meets_every_row_once_there_and_back(opened, name, order):
    """With ties and unknowns in the column."""
    known, user, _browser = opened(name, rows=24)
    wanted = list(query(known, user, order=order).ordered().values_list("pk", flat=True))
    there, last = forward(known, user, order, 7)
    assert there == wanted
    assert sorted(there) == sorted(known.rows(user).values_list("pk", flat=True))
    assert backward(known, user, order, 7, last) == wanted
    turned = order.removeprefix("-") if order.startswith("-") else f"-{order}"
    assert list(query(known, user, order=turned).ordered().values_list("pk", flat=True)) == wanted[::-1]


def cursor(*parts) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(parts)).encode()).decode().rstrip("=")


BAD_CURSORS = {
    "no base64": "%%%",
    "no json": base64.urlsafe_b64encode(b"{").decode(),
    "one part": cursor(1),
    "three parts": cursor(1, 2, 3),
    "an id that is none": cursor("a", "b"),
    "no id": cursor("a", None),
    "an id beyond any column": cursor("a", 10**30),
    "a value beyond any column": cursor(10**30, 1),
    "a NUL": cursor("a\0", 1),
    "an object": base64.urlsafe_b64encode(b'{"a":1}').decode(),
    "bytes": base64.urlsafe_b64encode(b"\xff\xfe").decode(),
}


@every_listing
def test_a_place_that_cannot_be_read_is_told(opened, name):
    known, _user, browser = opened(name, rows=2)
    for number, (case, text) in enumerate(BAD_CURSORS.items()):
        for column in known.columns:
            if column.sort:
                answer = browser.get(address(name, order=column.name, **{("after", "before")[number % 2]: text}))
                assert answer.status_code == 400, f"{case}, by {column.name}"
                assert "第一页" in answer.content.decode()


@every_listing
def test_a_place_in_another_column_is_told_or_harmless(opened, name):
    """A cursor kept from one order and used with another."""
    known, user, browser = opened(name, rows=9)
    orders = [column.name for column in known.columns if column.sort]
    for first in orders:
        place = query(known, user, order=first, size=4).page.next
        for second in orders:
            assert browser.get(address(name, order=second, after=place)).status_code in {200, 400}


@every_listing
def test_an_order_that_is_none_is_told(opened, name):
    known, _user, browser = opened(name)
    unsorted = next((column.name for column in known.columns if not column.sort), "nothing")
    for order in ("no_such_column", "password", "-", "--name", "pk;", unsorted):
        answer = browser.get(address(name, order=order))
        assert answer.status_code == 400, order
        assert "排序" in answer.content.decode()


# Filters and chips ----------------------------------------------------------------------------------------------------

NONSENSE = ("无此值", "-1", "99999999999999999999", "1e999", "NaN", "\0", "'; DROP TABLE x --", "<b>", "９" * 30, ",", "%", "x" * 2000)


@every_filter
def test_a_filter_narrows_by_each_value_that_it_offers(opened, name, filter_):
    known, user, browser = opened(name, rows=6)
    each = next(one for one in known.filters if one.name == filter_)
    if each.choices:
        values = [str(value) for value, _label in each.choices(user)]
        assert values, "a filter that offers nothing"
    else:
        values = {"money": ["5000万元", "3.5亿元", "800", "0"], "year": ["2022", "1999"]}[each.kind]
    before = known.rows(user).count()
    counts = {value: query(known, user, **{filter_: value}).count() for value in values}
    assert all(0 <= count <= before for count in counts.values())
    assert any(count < before for count in counts.values()), "none of its values narrows"
    for value in values[:2]:
        assert browser.get(address(name, **{filter_: value})).status_code == 200


@every_filter
def test_a_filter_refuses_nonsense_in_words(opened, name, filter_):
    known, _user, browser = opened(name, rows=2)
    label = str(next(one.label for one in known.filters if one.name == filter_))
    for text in NONSENSE:
        answer = browser.get(reverse("kernel:count", args=[name]), {filter_: text})
        assert answer.status_code in {400, 422}, text[:40]
        told = read(answer.content.decode()).text
        assert label in told or text[:20] in told or "看不懂" in told, told[:200]
    assert browser.get(address(name, **{filter_: NONSENSE[0]})).status_code in {400, 422}


@every_listing
def test_words_that_nobody_wrote_find_nothing_and_break_nothing(opened, name):
    _known, _user, browser = opened(name, rows=2)
    assert browser.get(address(name, q="\0")).status_code == 400
    for words in ("%", "_", "\\", "'", '"', "　", "长 春", "x" * 3000, "🏗️", "a b c d e f g h"):
        assert browser.get(address(name, q=words)).status_code == 200, words[:20]


@every_listing
def test_parameters_that_are_none_are_left_aside(opened, name):
    _known, _user, browser = opened(name, rows=1)
    assert browser.get(address(name, **{"as": "no-such-layout", "utm": "1"})).status_code == 200
    assert browser.get(address(name, chip="no-such-chip")).status_code == 400


@every_chip
def test_the_number_on_a_chip_is_the_number_of_its_rows(opened, name, chip):
    known, user, browser = opened(name, rows=30)
    chosen = query(known, user, chip=chip)
    rows = chosen.ordered().count()
    assert len({row.pk for row in chosen.rows}) == rows, "a row counted twice"
    assert chosen.count() == rows
    told = browser.get(reverse("kernel:count", args=[name]), {"chip": chip}).content.decode()
    assert told == f"{rows:,}"
    assert browser.get(address(name, chip=chip)).status_code == 200


# Exports --------------------------------------------------------------------------------------------------------------


def lines(answer, kind: str) -> list[list]:
    """The rows of a spreadsheet without its head and its watermark."""
    body = b"".join(answer.streaming_content)
    if kind == "csv":
        assert body.startswith(b"\xef\xbb\xbf")
        told = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    else:
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            for part in book.namelist():
                xml = book.read(part).decode()
                assert "<f>" not in xml and "\ufffe" not in xml, "a formula, or what XML forbids"
                assert "externalLink" not in part
        told = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python()
        told = [line for line in told if any(cell != "" for cell in line)]
    assert "仅限工作使用" in str(told[-1][0])
    return told[1:-1]


@every_listing
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_spreadsheet_holds_exactly_the_rows_that_are_seen(town, opened, name, kind):
    known, user, browser = opened(name, rows=12)
    answer = browser.get(reverse("kernel:export", args=[name, kind]))
    assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
    told, at = lines(answer, kind), next(i for i, column in enumerate(known.columns) if column.link)
    rows = list(query(known, user).ordered())
    wanted = [strip_forbidden(str(known.columns[at].value(row))) for row in rows]
    assert [str(line[at]).lstrip("'") for line in told] == wanted
    if kind == "csv":
        assert [cell for line in told for cell in line if is_formula_like(cell)] == []


@every_listing
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_is_on_record_with_its_filter(opened, name, kind):
    known, user, browser = opened(name, rows=3)
    answer = browser.get(reverse("kernel:export", args=[name, kind]), {"q": NOWHERE})
    rows = query(known, user, q=NOWHERE).count()
    assert len(lines(answer, kind)) == rows
    event = Event.objects.filter(dossier=Dossier.objects.get(ref="LEDGER-exports")).order_by("-seq")[0]
    assert (event.verb, event.actor, event.data["listing"], event.data["rows"], event.data["kind"]) == (
        "kernel.export",
        user.username,
        known.name,
        rows,
        kind,
    )
    assert "q=" in event.data["filter"]


@every_listing
def test_more_rows_than_the_limit_are_not_exported(opened, name, monkeypatch):
    _known, _user, browser = opened(name, rows=4)
    told = exports.parameters.value
    monkeypatch.setattr(exports.parameters, "value", lambda name, on=None: 3 if name == exports.ROW_LIMIT else told(name, on))
    before = Event.objects.count()
    assert browser.get(reverse("kernel:export", args=[name, "csv"])).status_code == 409
    assert Event.objects.count() == before


@every_listing
def test_an_export_costs_the_same_statements_for_any_rows(town, opened, name):
    known, user, browser = opened(name, rows=3)
    url = reverse("kernel:export", args=[name, "csv"])
    b"".join(browser.get(url).streaming_content)
    with CaptureQueriesContext(connection) as few:
        b"".join(browser.get(url).streaming_content)
    fill(town, model_of(known, user), 57)
    with CaptureQueriesContext(connection) as many:
        b"".join(browser.get(url).streaming_content)
    assert len(few) == len(many) <= MOST_STATEMENTS


# Saved views ----------------------------------------------------------------------------------------------------------


@every_listing
def test_a_view_is_saved_opened_and_dropped(town, opened, enter, name):
    known, user, browser = opened(name, rows=2)
    order = next(column.name for column in known.columns if column.sort)
    came = reverse("kernel:listing", args=[name])
    kept = {"name": "我的视图", "query": f"order=-{order}&q=长", "_back": came}
    answer = browser.post(reverse("kernel:save_view", args=[name]), kept)
    assert answer.status_code == 302 and answer["Location"].startswith(f"{came}?")
    view = SavedView.objects.get(user=user, listing=name)
    assert "我的视图" in browser.get(came).content.decode()
    assert QueryDict(view.query) == QueryDict(kept["query"])
    assert browser.get(f"{came}?{view.query}").status_code == 200
    assert browser.post(reverse("kernel:save_view", args=[name]), kept | {"query": ""}).status_code == 302
    assert SavedView.objects.get(user=user, listing=name).query == ""
    stranger = enter(town.person())
    assert stranger.post(reverse("kernel:drop_view", args=[view.pk])).status_code == 404
    assert browser.post(reverse("kernel:drop_view", args=[view.pk])).status_code == 302
    assert not SavedView.objects.filter(user=user).exists()


@every_listing
def test_a_view_that_cannot_be_read_is_not_kept(opened, name):
    known, user, browser = opened(name)
    url = reverse("kernel:save_view", args=[name])
    assert browser.post(url, {"name": "", "query": ""}).status_code == 422
    assert browser.post(url, {"name": "\0", "query": ""}).status_code == 422
    assert browser.post(url, {"name": "坏的", "query": "chip=no-such-chip"}).status_code == 400
    for each in known.filters[:1]:
        assert browser.post(url, {"name": "坏的", "query": f"{each.name}=无此值"}).status_code == 422
    assert not SavedView.objects.filter(user=user).exists()
    assert browser.post(url, {"name": "长" * 500 + "\0", "query": "q=%00&" + "x" * 3000}).status_code == 302
    assert len(SavedView.objects.get(user=user).name) == 40


# Bulk -----------------------------------------------------------------------------------------------------------------


@every_listing
def test_a_bulk_run_is_tried_first_and_writes_nothing(opened, name):
    known, user, browser = opened(name, rows=3)
    rows = list(query(known, user).page.rows)[:3]
    for verb in known.bulk:
        url, before = reverse("kernel:bulk", args=[name, verb]), Event.objects.count()
        chosen = {"id": [f"{row.pk}:{getattr(row, 'version', '')}" for row in rows]}
        if verb not in user.verbs:
            assert browser.post(url, chosen).status_code == 403
            continue
        for stage in ("form", "check"):
            answer = browser.post(url, chosen | {"_stage": stage})
            assert answer.status_code in {200, 422}, answer.content.decode()[-600:]
            assert read(answer.content.decode()).complaints == []
        assert Event.objects.count() == before
        assert browser.post(url, {}).status_code == 400
        assert browser.post(url, {"id": ["987654321:1"]}).status_code == 404
        assert browser.post(url, {"id": [f"{rows[0].pk}:1"] * 201}).status_code == 409
    foreign = "portfolio.decide_contest"
    assert browser.post(reverse("kernel:bulk", args=[name, foreign]), {"id": ["1:1"]}).status_code == 403
