"""Files that mean harm, or that were harmed: always a PlanFileError, soon, and never anything else."""

import random
import string
import zlib
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_texts import HEADER, calendar, element, exception, link, mspdi, table, task, week, xer

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import Activity, Link, ScheduleError
from zhuanban.engines.schedules.files import checked
from zhuanban.engines.schedules.readers import PlanFileError, limits, read_plan, read_plans
from zhuanban.engines.schedules.readers.xer_calendars import parsed

OFFICE = {"11": ShiftCalendar.weekly("办公")}
GOOD_XER = xer(
    [Activity(f"A{at}", 480, "11", name="任务") for at in range(6)],
    [Link(f"A{at}", f"A{at + 1}") for at in range(5)],
    OFFICE,
    datetime(2023, 2, 10, 8),
    stored={"A0": (datetime(2023, 2, 10, 8), datetime(2023, 2, 10, 17)) * 2 + (0, 0)},
).encode()
GOOD_XML = mspdi(
    [
        task(1, EarlyStart="2023-02-06T08:00:00", TotalSlack=0),
        task(2, link(1), ConstraintType=4, ConstraintDate="2023-02-08T08:00:00"),
        task(3, link(2, 3, 4800)),
    ],
    [calendar(1, week({1: [("08:00:00", "12:00:00")]}), element("Exceptions", [exception("2023-05-01", "2023-05-03", Type=1)]))],
)
MUTANTS = 400


def refused(content: bytes) -> str:
    with pytest.raises(PlanFileError) as error:
        read_plans(content)
    assert error.value.words
    assert str(error.value)
    return error.value.code


def survives(content: bytes) -> None:
    """Either a plan that can be checked or told why not, or a PlanFileError."""
    try:
        plans = read_plans(content, "plan")
    except PlanFileError:
        return
    for plan in plans:
        try:
            checked(plan)
        except ScheduleError:
            continue


def mutants(good: bytes, seed: int):
    dice = random.Random(seed)
    for _each in range(MUTANTS):
        made = bytearray(good)
        for _change in range(dice.choice([1, 1, 2, 5, 20])):
            at = dice.randrange(len(made))
            kind = dice.randrange(6)
            if kind == 0:
                made[at] = dice.randrange(256)
            elif kind == 1:
                del made[at : at + dice.choice([1, 3, 40])]
            elif kind == 2:
                made[at:at] = bytes(dice.choice(b"\t\n<>&()|%\0\xff09-:T") for _ in range(dice.choice([1, 2, 8])))
            elif kind == 3:
                first = dice.randrange(len(made))
                made[at:at] = made[first : first + dice.choice([5, 50, 500])]
            elif kind == 4:
                made[at : at + 4] = dice.choice([b"-1", b"1e99", b"NaN", b"99999999999", b"2023-99-99", "９".encode(), b""])
            else:
                del made[at:]
            if not made:
                break
        yield bytes(made)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("good", [GOOD_XER, GOOD_XML], ids=["xer", "xml"])
def test_damaged_files_raise_nothing_but_plan_file_errors(good, seed):
    for content in mutants(good, seed):
        survives(content)


def test_the_files_that_were_damaged_were_good():
    assert len(read_plan(GOOD_XER).activities) == 6
    assert len(read_plan(GOOD_XML).activities) == 3


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_at_random_are_refused(content):
    survives(content)
    survives(b"ERMHDR\t8.0\n" + content)
    survives(b"<?xml version='1.0'?><Project>" + content)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="()|0123456789sfd:() CalendrtOfWkExcpions", max_size=300))
def test_calendars_at_random_never_stop_the_reader(data):
    try:
        parsed(data)
    except PlanFileError as error:
        assert error.code == "too_deep"


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["Duration", "Start", "LagFormat", "CalendarUID", "PercentComplete", "OutlineLevel", "Deadline"]),
        st.text(string.printable, max_size=12),
    )
)
def test_values_at_random_are_taken_or_refused(told):
    escaped = {name: value.replace("&", "").replace("<", "").replace(">", "") for name, value in told.items()}
    content = mspdi([task(1), task(2, link(1), **escaped)])
    survives(content)


# -- what is made to hurt ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE Project [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE Project SYSTEM "http://127.0.0.1/plan.dtd">',
        '<!DOCTYPE Project [<!ENTITY secret SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE Project [<!ENTITY % out SYSTEM "file:///etc/passwd"> %out;]>',
        "<!DOCTYPE Project>",
    ],
)
def test_document_types_and_entities_are_refused(declaration):
    body = mspdi([task(1, Name="&b;" if "ENTITY b" in declaration else "x")]).decode().partition("?>")
    assert refused((body[0] + "?>" + declaration + body[2]).encode()) == "forbidden_xml"


def test_deep_nesting_is_refused_before_it_fills_the_memory():
    assert refused(b"<Project>" + b"<a>" * 3_000_000) == "too_deep"
    deep = "(0||x()(" * 100_000
    assert refused(GOOD_XER.replace(b"(0||CalendarData()(", deep.encode(), 1)) == "too_deep"


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"\x1f\x8b\x08\0", b"BZh9", b"\xfd7zXZ\0", b"Rar!\x1a\x07"])
def test_compressed_files_are_not_unpacked(head):
    assert refused(head + zlib.compress(b"0" * 1_000_000)) == "compressed"


def test_binary_project_files_are_told_apart():
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100) == "mpp"


def test_a_file_beyond_the_limits_is_refused(monkeypatch):
    for module in ("xer", "mspdi_file"):
        monkeypatch.setattr(f"zhuanban.engines.schedules.readers.{module}.MAX_ACTIVITIES", 2)
    assert refused(GOOD_XER) == refused(GOOD_XML) == "too_many"
    monkeypatch.setattr("zhuanban.engines.schedules.readers.MAX_BYTES", 100)
    assert refused(GOOD_XER) == refused(GOOD_XML) == "too_large"


@pytest.mark.parametrize(
    ("place", "limit", "good"),
    [
        ("xer.MAX_LINKS", 2, GOOD_XER),
        ("xer_tables.MAX_ROWS", 3, GOOD_XER),
        ("xer_book.MAX_CALENDARS", 0, GOOD_XER),
        ("mspdi_file.MAX_LINKS", 1, GOOD_XML),
        ("mspdi_file.MAX_CALENDARS", 0, GOOD_XML),
        ("mspdi_xml.MAX_ELEMENTS", 10, GOOD_XML),
        ("mspdi_xml.MAX_BRANCH", 5, GOOD_XML),
        ("drafts.MAX_EXCEPTION_DAYS", 2, GOOD_XML),
    ],
)
def test_each_limit_holds(monkeypatch, place, limit, good):
    monkeypatch.setattr(f"zhuanban.engines.schedules.readers.{place}", limit)
    assert refused(good) == "too_many"


def test_an_exception_over_centuries_is_refused_soon(monkeypatch):
    monkeypatch.setattr("zhuanban.engines.schedules.readers.drafts.MAX_EXCEPTION_DAYS", 10_000)
    content = mspdi([task(1)], [calendar(1, element("Exceptions", [exception("1960-01-01", "2190-01-01")]))])
    assert refused(content) == "too_many"


def test_a_row_that_goes_on_for_ever_and_fields_without_names_do_no_harm():
    lines = [HEADER, "%R\tlost", "%F\ta\tb", "%T\tTASK", "%R\tno\theader", *table("PROJECT", [{"proj_id": "7"}])]
    assert refused("\n".join(lines).encode()) == "not_a_plan"
    endless = GOOD_XER.replace("任务".encode(), "长".encode() * 200_000, 1)
    assert len(read_plan(endless).activities) == 6


def test_values_from_the_file_are_quoted_short_and_printable():
    with pytest.raises(PlanFileError) as error:
        read_plan(GOOD_XER.replace(b"\t8\t", b"\t\x1b[2J" + b"9" * 5_000 + b"x\t"))
    assert len(str(error.value)) < 300
    assert "\x1b" not in str(error.value)


def test_the_limits_leave_room_for_any_real_plan():
    assert limits.MAX_ACTIVITIES >= 100_000
    assert limits.MAX_BYTES >= 64 * 1024 * 1024
