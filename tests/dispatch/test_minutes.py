"""Minutes: the words of the room as a page, as Word and as PDF, written once and never changed; each reads what concerns his projects."""

from __future__ import annotations

import io
import json
from datetime import date

import docx
import pytest
from django.db import connection
from meeting_room import HERE, at_ten, late_matter
from meeting_room import room as room
from meeting_room import ten_in_the_morning as ten_in_the_morning

from pdf_words import pdf_words
from zhuanban.domains.dispatch.actions import agenda, decisions, meetings
from zhuanban.domains.dispatch.models import Attendance, Meeting, Minutes
from zhuanban.domains.dispatch.queries import minutes as queries
from zhuanban.kernel import documents
from zhuanban.kernel.documents import Block, Document
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Event


@pytest.fixture
def held(room) -> Meeting:
    """A meeting with two decisions, one unit represented and one absent."""
    late_matter(room.projects["甲项目"])
    meeting = room.opened()
    item = meeting.items.standing().first()
    room.decide(item, text="三日内送电")
    room.decide(room.hand_item(meeting, project=room.projects["乙项目"]), text="乙项目补齐手续")
    room.decide(room.hand_item(meeting, "天气转暖"), kind="note", text="各地做好融雪排水", owner="", due_on=None)
    first, second = meeting.roll.all()
    meetings.call_roll(meeting, by=room.dispatcher, present=[first])
    meetings.note_attendance(first, by=room.dispatcher, state="substitute", who="刘工")
    meetings.note_attendance(Attendance.objects.get(pk=second.pk), by=room.dispatcher, state="absent", reason="另有会议")
    meetings.close_meeting(meeting, by=room.dispatcher)
    return meeting


def words(body) -> str:
    return "\n".join(block.get("text", "") for block in body["blocks"])


def test_the_minutes_tell_who_came_what_was_decided_and_by_when(room, held):
    body = queries.body_of(held, remarks="抓紧复工")
    told = words(body)
    assert body["title"] == "市级周调度会（2023年第1次）会议纪要" and body["under"] == "（2023年2月10日）"
    for part in (
        "2023年2月10日（周五）10:00",
        "市领导主持会议",
        "（刘工代）",
        "缺席：",
        "（另有会议）",
        "（1）甲项目：三日内送电。责任单位：长春供电公司；完成时限：2023年2月15日。",
        "（3）各地做好融雪排水。",
        "抓紧复工",
    ):
        assert part in told
    assert "以上数据截至2023年2月10日10:" in told
    heads = [block["text"] for block in body["blocks"] if block["kind"] == "h1"]
    assert heads == ["一、会议概况", "二、会议议题", "三、会议决定", "四、会议要求"]


def test_the_next_minutes_look_back(room, held):
    at_ten(date(2023, 2, 20))
    meeting = room.opened(date(2023, 2, 20))
    room.close(meeting)
    told = words(queries.body_of(meeting))
    assert "作出决定 2 项：按期完成 0 项，迟后完成 0 项，逾期 2 项" in told
    assert "甲项目：三日内送电（长春供电公司，逾期 5 天）" in told


def test_a_district_reads_an_extract_on_its_own_projects(room, held):
    decisions.issue_minutes(held, by=room.dispatcher, number="长项调〔2023〕1号")
    whole = queries.for_reader(held.minutes.body, room.dispatcher)
    part = queries.for_reader(held.minutes.body, room.district)
    assert not whole.extract and part.extract
    told = "\n".join(block["text"] for block in part.blocks)
    assert "三日内送电" in told and "乙项目" not in told
    document = queries.document_of(part, issued=True)
    assert document.head == "" and "摘录" in document.blocks[0].text


def test_what_is_issued_is_never_changed(room, held):
    decisions.issue_minutes(held, by=room.dispatcher)
    minutes = held.minutes
    assert held.state == "minutes_issued" and minutes.intact
    event = Event.objects.filter(dossier=held.series.pk, verb="dispatch.issue_minutes").get()
    assert event.data["changes"]["minutes_sha256"] == ["", minutes.sha256]
    minutes.body["title"] = "改过"
    with pytest.raises(Refused, match="不能改动"):
        minutes.save()
    with pytest.raises(Refused, match="不能改动"):
        Minutes.objects.filter(pk=minutes.pk).update(number="1")
    with pytest.raises(Refused, match="不能改动"):
        decisions.issue_minutes(held, by=room.dispatcher)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE dispatch_minutes SET body = %s WHERE id = %s", [json.dumps({**minutes.body, "blocks": []}), minutes.pk])
    assert not Minutes.objects.get(pk=minutes.pk).intact


def test_later_deeds_do_not_reach_the_issued_text(room, held):
    decisions.issue_minutes(held, by=room.dispatcher)
    before = held.minutes.body
    decisions.withdraw_decision(held.decisions.first(), by=room.dispatcher, reason="方案调整")
    assert Minutes.objects.get(meeting=held).body == before and "三日内送电" in words(before)


def test_they_are_not_issued_before_the_meeting_is_over(room):
    with pytest.raises(Refused, match="散会以后"):
        decisions.issue_minutes(room.opened(), by=room.dispatcher)


def test_a_number_is_used_once(room, held):
    decisions.issue_minutes(held, by=room.dispatcher, number="长项调〔2023〕1号")
    at_ten(date(2023, 2, 13))
    other = room.close(room.opened(date(2023, 2, 12)))
    with pytest.raises(Refused, match="已经用过"):
        decisions.issue_minutes(other, by=room.dispatcher, number="长项调〔2023〕1号")


# As files ---------------------------------------------------------------------------------------------------------------


def test_the_word_file_holds_every_decision_in_the_official_form(room, held):
    decisions.issue_minutes(held, by=room.dispatcher, number="长项调〔2023〕1号")
    made = documents.word(queries.document_of(queries.for_reader(held.minutes.body, room.dispatcher), issued=True))
    file = docx.Document(io.BytesIO(made))
    told = "\n".join(paragraph.text for paragraph in file.paragraphs)
    assert "三日内送电" in told and "长项调〔2023〕1号" in told
    page = file.sections[0]
    assert [round(each.mm) for each in (page.page_width, page.page_height, page.top_margin, page.left_margin)] == [210, 297, 37, 28]
    fonts = {run._r.rPr.rFonts.get(docx.oxml.ns.qn("w:eastAsia")) for paragraph in file.paragraphs for run in paragraph.runs}
    assert {"方正小标宋简体", "仿宋_GB2312", "黑体"} <= fonts


def test_the_pdf_is_the_same_every_time_and_can_be_searched(room, held):
    decisions.issue_minutes(held, by=room.dispatcher)
    document = queries.document_of(queries.for_reader(held.minutes.body, room.dispatcher), issued=True)
    made = documents.pdf(document)
    assert made == documents.pdf(document) and made[:5] == b"%PDF-"
    told = pdf_words(made)
    assert "三日内送电" in told and "乙项目补齐手续" in told and "市项目中心" in told


def test_a_document_is_printed_whatever_words_come_in():
    nasty = "=1+1 #let x \\ 终\x0b了 <b> $m$ *粗* \ufffe“引”"
    document = Document(title=nasty, blocks=(Block("text", nasty), Block("table", head=("甲",), rows=((nasty,),), widths=(1,))))
    assert documents.pdf(document)[:5] == b"%PDF-"
    assert "#let x" in "".join(paragraph.text for paragraph in docx.Document(io.BytesIO(documents.word(document))).paragraphs)


# Pages ------------------------------------------------------------------------------------------------------------------


def pages_of(meeting) -> list[str]:
    here = meeting.get_absolute_url()
    return [here, f"{here}screen/", f"{here}minutes/", f"{here}minutes.docx", f"{here}minutes.pdf", meeting.series.get_absolute_url()]


def test_every_page_of_a_meeting_opens_for_who_is_in_it(room, held, sign_in):
    decisions.issue_minutes(held, by=room.dispatcher)
    for who in (room.dispatcher, room.leader, room.district, room.handler):
        client = sign_in(who)
        for address in (
            *pages_of(held),
            "/dispatch/meetings/",
            "/dispatch/decisions/",
            *(each.get_absolute_url() for each in held.decisions.all()),
        ):
            answer = client.get(address)
            if who in (room.district, room.handler) and "/decisions/" in address and answer.status_code == 404:
                continue
            assert answer.status_code == 200, (who, address)
            if who == room.district:
                assert "乙项目" not in answer.content.decode(errors="replace"), address


def test_a_stranger_finds_no_meeting(room, held, sign_in, person, organisation):
    for user in (person(), person("owner", organisation=organisation("某企业")), person("sec_admin", area="220100")):
        client = sign_in(user)
        assert {client.get(address).status_code for address in pages_of(held)} == {404}


def test_before_it_is_over_there_are_no_minutes(room, sign_in):
    meeting = room.opened()
    assert sign_in(room.dispatcher).get(f"{meeting.get_absolute_url()}minutes/").status_code == 404


def test_the_page_of_a_long_agenda_costs_no_more_statements(room, sign_in, project):
    meeting = room.plan()
    agenda.build_agenda(meeting, by=room.dispatcher)
    client = sign_in(room.dispatcher)

    def cost() -> int:
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as asked:
            assert client.get(meeting.get_absolute_url()).status_code == 200
        return len(asked)

    for number in range(3):
        room.hand_item(meeting, f"议题{number}", project=project(f"丙{number}", area=HERE))
    cost()
    few = cost()
    for number in range(12):
        room.hand_item(meeting, f"又一议题{number}", project=project(f"丁{number}", area=HERE))
    assert cost() == few <= 40
