"""The text of a meeting's minutes: made of what was recorded, kept in blocks when issued, and filtered for who reads it.

A block is a dict: `kind` (`h1`, `h2`, `text`, `note`, `table`), `text` or `head`/`rows`/`widths`, and `project`, the number of the project it
speaks of, where it speaks of one. Whoever may not see a project reads the minutes without its blocks, as an extract.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from zhuanban.domains.dispatch.models import AgendaItem, Attendance, Decision, Meeting, MeetingSeries
from zhuanban.domains.dispatch.queries import agenda
from zhuanban.domains.people.models import Organisation
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel.dates import format_date
from zhuanban.kernel.documents import Block, Document
from zhuanban.kernel.words import clauses, kept, listed

NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Text:
    """Minutes as one person reads them. `hidden` counts the blocks on projects that are not shown."""

    title: str
    under: str
    number: str
    issuer: str
    foot: str
    dated: str
    blocks: list[dict[str, Any]]
    hidden: int

    @property
    def extract(self) -> bool:
        return self.hidden > 0


def body_of(meeting: Meeting, *, number: str = "", remarks: str = "") -> dict[str, Any]:
    """The minutes of a meeting as they are kept: JSON, in the house's language. Six queries."""
    with kept():
        items = list(meeting.items.standing().select_related("project").prefetch_related("decisions"))
        roll = list(meeting.roll.select_related("organisation"))
        sections = [_opening(meeting, roll), _looked_back(meeting), _spoken_of(items), _decided(items), _remarks(remarks)]
        blocks = []
        for place, (title, part) in enumerate([each for each in sections if each and each[1]]):
            blocks += [{"kind": "h1", "text": f"{NUMERALS[place]}、{title}"}, *part]
        return {
            "title": _("%(title)s会议纪要") % {"title": meeting.title},
            "under": _("（%(day)s）") % {"day": format_date(meeting.held_on)},
            "number": number,
            "issuer": issuer_of(meeting.series),
            "dated": str(timezone.localdate(meeting.closed_at or meeting.opened_at)),
            "foot": _foot(roll),
            "blocks": blocks,
        }


def issuer_of(series: MeetingSeries) -> str:
    """Who issues: the centre of the series' area."""
    centre = Organisation.objects.filter(area=series.area_id, kind=Organisation.Kind.CENTRE).order_by("-pk").first()
    return centre.name if centre else _("%(area)s项目中心") % {"area": series.area.name}


def _foot(roll: list[Attendance]) -> str:
    names = [str(row.organisation) for row in roll]
    return _("送：%(names)s。") % {"names": listed(names)} if names else ""


Section = tuple[str, list[dict[str, Any]]]


def _text(words: str, project: int | None = None, kind: str = "text") -> dict[str, Any]:
    return {"kind": kind, "text": words} | ({"project": project} if project else {})


def _opening(meeting: Meeting, roll: list[Attendance]) -> Section:
    """When, where, who chaired, who came, and how things stood."""
    opened = timezone.localtime(meeting.opened_at)
    words = _("%(day)s（%(weekday)s）%(time)s，%(where)s召开%(title)s。") % {
        "day": format_date(meeting.held_on),
        "weekday": meeting.weekday,
        "time": f"{opened:%H:%M}",
        "where": _("在%(place)s") % {"place": meeting.place} if meeting.place else "",
        "title": meeting.title,
    }
    if meeting.chair:
        words += _("%(name)s主持会议。") % {"name": meeting.chair.name}
    blocks = [_text(words), *_roll(roll)]
    if meeting.figures:
        told = clauses(f"{each['label']} {each['text']}" for each in meeting.figures)
        blocks += [_text(_("总体情况：%(told)s。") % {"told": told}), _text(_as_of(meeting.figures[0]["as_of"]), kind="note")]
    return _("会议概况"), blocks


def _as_of(text: str) -> str:
    """The instant for which quoted figures hold."""
    at = timezone.localtime(datetime.fromisoformat(text))
    return _("以上数据截至%(day)s%(time)s，按各指标的定义由系统记录计算。") % {"day": format_date(at.date()), "time": f"{at:%H:%M}"}


def _roll(rows: list[Attendance]) -> list[dict[str, Any]]:
    came = [_came(row) for row in rows if row.state in {Attendance.State.PRESENT, Attendance.State.SUBSTITUTE}]
    away = [_away(row) for row in rows if row.state == Attendance.State.ABSENT]
    told = [_text(_("参加：%(names)s。") % {"names": listed(came)})] if came else []
    return told + ([_text(_("缺席：%(names)s。") % {"names": listed(away)})] if away else [])


def _came(row: Attendance) -> str:
    name = str(row.organisation)
    if row.state == Attendance.State.SUBSTITUTE:
        return _("%(unit)s（%(who)s代）") % {"unit": name, "who": row.who}
    return _("%(unit)s（%(who)s）") % {"unit": name, "who": row.who} if row.who else name


def _away(row: Attendance) -> str:
    name = str(row.organisation)
    return _("%(unit)s（%(why)s）") % {"unit": name, "why": row.reason} if row.reason else name


def _looked_back(meeting: Meeting) -> Section | None:
    """What became of the last meeting's decisions, as at the day of this one."""
    last = agenda.last_before(meeting)
    if last is None:
        return None
    rows = list(last.decisions.asked().select_related("project"))
    if not rows:
        return None
    counts = agenda.tally(rows, meeting.held_on)
    words = _(
        "%(title)s作出决定 %(asked)s 项：按期完成 %(done)s 项，迟后完成 %(late)s 项，逾期 %(overdue)s 项，未到期 %(running)s 项。"
    ) % {
        "title": last.title,
        **counts,
    }
    late = [row for row in rows if row.outcome(meeting.held_on) == "overdue"]
    told = [
        _text(
            _("%(about)s%(text)s（%(owner)s，%(state)s）。")
            % {
                "about": f"{row.project.name}：" if row.project else "",
                "text": row.text.rstrip("。"),
                "owner": row.owner_name,
                "state": row.outcome_on(meeting.held_on),
            },
            row.project_id,
        )
        for row in late
    ]
    return _("上次会议决定落实情况"), [_text(words), *told]


def _spoken_of(items: Iterable[AgendaItem]) -> Section:
    """The items, each with why it came onto the table."""
    blocks = []
    for place, item in enumerate([each for each in items if each.kind != AgendaItem.Kind.LAST], start=1):
        why = f"{item.why.rstrip('。')}。" if item.why else ""
        blocks.append(_text(f"{place}.{item.title}。{why}", item.project_id))
    return _("会议议题"), blocks


def _decided(items: Iterable[AgendaItem]) -> Section:
    """The decisions, each with its owner and day."""
    rows = sorted((row for item in items for row in item.decisions.all()), key=lambda row: row.number)
    names = {item.project_id: item.project.name for item in items if item.project}
    return _("会议决定"), [_decision(row, names.get(row.project_id, "")) for row in rows]


def _decision(row: Decision, project: str) -> dict[str, Any]:
    about = f"{project}：" if project else ""
    words = f"（{row.number}）{about}{row.text.rstrip('。')}。"
    if row.owner_name:
        words += _("责任单位：%(owner)s；") % {"owner": row.owner_name}
    if row.due_on:
        words += _("完成时限：%(day)s。") % {"day": format_date(row.due_on)}
    if row.kind == Decision.Kind.PROBLEM and row.problem_id:
        words += _("转问题办理。")
    return _text(words.replace("；。", "。"), row.project_id) | {"decision": row.pk}


def _remarks(remarks: str) -> Section | None:
    return (_("会议要求"), [_text(line.strip()) for line in remarks.splitlines() if line.strip()]) if remarks.strip() else None


# Reading -------------------------------------------------------------------------------------------------------------


def for_reader(body: dict[str, Any], user) -> Text:
    """The minutes without what the person may not see. One query."""
    named = {block["project"] for block in body["blocks"] if block.get("project")}
    seen = set(Project.objects.visible_to(user).filter(pk__in=named).values_list("pk", flat=True)) if named else set()
    blocks = [block for block in body["blocks"] if not block.get("project") or block["project"] in seen]
    return Text(
        title=body["title"],
        under=body["under"],
        number=body["number"],
        issuer=body["issuer"],
        foot=body["foot"],
        dated=body["dated"],
        blocks=blocks,
        hidden=len(body["blocks"]) - len(blocks),
    )


def document_of(text: Text, *, issued: bool) -> Document:
    """The minutes as a document in official form; the red head only on what was issued, and not on an extract."""
    whole = issued and not text.extract
    note = [Block("note", extract_words(text))] if text.extract else []
    return Document(
        title=text.title,
        under=text.under,
        head=head_of(text.issuer) if whole else "",
        number=text.number if whole else "",
        issuer=text.issuer,
        signer=text.issuer if issued else "",
        dated=date.fromisoformat(text.dated) if issued else None,
        foot=text.foot if whole else "",
        blocks=tuple([*note, *(_block(block) for block in text.blocks)]),
    )


def head_of(issuer: str) -> str:
    return f"{issuer}{_('会议纪要')}"


def extract_words(text: Text) -> str:
    return _("摘录：略去您无权查看的项目 %(n)s 处。") % {"n": text.hidden}


def _block(block: dict[str, Any]) -> Block:
    return Block(
        block["kind"],
        block.get("text", ""),
        tuple(block.get("head", ())),
        tuple(tuple(row) for row in block.get("rows", ())),
        tuple(block.get("widths", ())),
    )
