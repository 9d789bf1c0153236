"""How the facts of an entry pack are held against one another: values in, a verdict out. Which facts meet which method is data (CheckRule).

A verdict is yes, no or unknown. What lacks a fact is unknown, never no: a missing paper is asked for, not held against the project.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.kernel import show
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.codes import parse_project_code
from zhuanban.kernel.dates import PartialDate
from zhuanban.kernel.words import Words, listed

YES, NO, UNKNOWN = "yes", "no", "unknown"
FACTS: Mapping[str, Words] = {
    "licence": gettext_lazy("营业执照"),
    "approval": gettext_lazy("批文"),
    "contract": gettext_lazy("施工合同"),
    "photo": gettext_lazy("注明日期的现场照片"),
    "form": gettext_lazy("申报表"),
    "land_title": gettext_lazy("土地权属证明"),
    "owner.party": gettext_lazy("项目单位"),
    "licence.party": gettext_lazy("营业执照的单位"),
    "approval.party": gettext_lazy("批文的单位"),
    "contract.party": gettext_lazy("合同的发包单位"),
    "form.party": gettext_lazy("申报表的单位"),
    "project.amount": gettext_lazy("项目计划总投资"),
    "approval.amount": gettext_lazy("批文的总投资"),
    "form.amount": gettext_lazy("申报表的总投资"),
    "project.code": gettext_lazy("项目代码"),
    "approval.code": gettext_lazy("批文的项目代码"),
    "form.code": gettext_lazy("申报表的项目代码"),
    "approval.on": gettext_lazy("批文日期"),
    "contract.on": gettext_lazy("合同日期"),
    "start.on": gettext_lazy("开工日期"),
    "form.on": gettext_lazy("申报日期"),
    "works": gettext_lazy("主体开工依据"),
    "begun": gettext_lazy("项目是否开工"),
}
"""Every fact that a check may name, in words."""


@dataclass(frozen=True)
class Evidence:
    """Something that tells of works on the site: what, of which day, and whether it proves the main works or only that somebody was there."""

    words: str
    on: date | None
    proves: bool
    url: str = ""


@dataclass(frozen=True)
class Verdict:
    """`answer` with its reason in words; `lacking` are the facts that nobody has told, `wrong` those that stand against the others."""

    answer: str
    reason: str
    lacking: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


Facts = Mapping[str, Any]
Method = Callable[[Facts, Sequence[str], Mapping[str, Any]], Verdict]


def judge(method: str, facts: Facts, names: Sequence[str], params: Mapping[str, Any]) -> Verdict:
    """Hold the named facts against one another. Facts of a paper that may be absent (`optional`) are left aside where it is."""
    absent = {kind for kind in params.get("optional", ()) if facts.get(kind) is None}
    return METHODS[method](facts, [name for name in names if name.partition(".")[0] not in absent], params)


def words_of(names: Sequence[str]) -> str:
    return listed(str(FACTS.get(name, name)) for name in names)


def lack(names: Sequence[str]) -> Verdict:
    return Verdict(UNKNOWN, _("缺：%(what)s。") % {"what": words_of(names)}, lacking=tuple(names))


def missing(facts: Facts, names: Sequence[str]) -> list[str]:
    return [name for name in names if facts.get(name) in (None, "")]


def present(facts: Facts, names: Sequence[str], params: Mapping[str, Any]) -> Verdict:
    """All of the papers are there."""
    gone = missing(facts, names)
    return lack(gone) if gone else Verdict(YES, _("已具备。"))


def any_of(facts: Facts, names: Sequence[str], params: Mapping[str, Any]) -> Verdict:
    gone = missing(facts, names)
    if len(gone) < len(names):
        return Verdict(YES, _("有%(what)s。") % {"what": words_of([name for name in names if name not in gone])})
    return lack(names)


def _plain(text: Any) -> str:
    """A name or code without what writers differ in: width of brackets, blanks, case."""
    wide = str.maketrans("（）　－", "() -")
    return "".join(str(text).translate(wide).split()).upper()


def same(facts: Facts, names: Sequence[str], params: Mapping[str, Any]) -> Verdict:
    """All known texts are one and the same. Two that differ are a no, whatever else is unknown."""
    known = [name for name in names if name not in missing(facts, names)]
    for name in known[1:]:
        if _plain(facts[name]) != _plain(facts[known[0]]):
            return Verdict(
                NO,
                _("%(one)s是“%(a)s”，%(other)s是“%(b)s”。")
                % {"one": FACTS[known[0]], "a": facts[known[0]], "other": FACTS[name], "b": facts[name]},
                wrong=(name, known[0]),
            )
    gone = [name for name in names if name not in known]
    return lack(gone) if gone else Verdict(YES, _("%(n)s 处一致。") % {"n": len(known)})


def equal(facts: Facts, names: Sequence[str], params: Mapping[str, Any]) -> Verdict:
    """All known amounts are equal to the fen."""
    known = [name for name in names if facts.get(name) is not None]
    for name in known[1:]:
        if Decimal(facts[name]) != Decimal(facts[known[0]]):
            gap = show.money(abs(Decimal(facts[name]) - Decimal(facts[known[0]])))
            return Verdict(
                NO,
                _("%(one)s %(a)s，%(other)s %(b)s，相差 %(gap)s。")
                % {
                    "one": FACTS[known[0]],
                    "a": show.money(facts[known[0]]),
                    "other": FACTS[name],
                    "b": show.money(facts[name]),
                    "gap": gap,
                },
                wrong=(name, known[0]),
            )
    gone = [name for name in names if name not in known]
    return lack(gone) if gone else Verdict(YES, _("均为 %(amount)s。") % {"amount": show.money(facts[names[0]])})


def span_of(day: PartialDate | date) -> tuple[date, date]:
    """First and last day that a date with its precision may be."""
    return (day.first, day.last) if isinstance(day, PartialDate) else (day, day)


def order(facts: Facts, names: Sequence[str], params: Mapping[str, Any]) -> Verdict:
    """The dates follow one another; the same day is in order. Where a month is too coarse to tell, it is unknown."""
    known = [name for name in names if facts.get(name) is not None]
    unclear: list[str] = []
    for at, later in enumerate(known):
        for earlier in known[:at]:
            (first, last), (next_first, next_last) = span_of(facts[earlier]), span_of(facts[later])
            if next_last < first:
                return Verdict(
                    NO,
                    _("%(later)s（%(b)s）早于%(earlier)s（%(a)s）。")
                    % {"later": FACTS[later], "b": show.day(facts[later]), "earlier": FACTS[earlier], "a": show.day(facts[earlier])},
                    wrong=(later, earlier),
                )
            if next_first < last:
                unclear += [name for name in (earlier, later) if span_of(facts[name])[0] != span_of(facts[name])[1]]
    gone = [name for name in names if name not in known]
    if gone:
        return lack(gone)
    if unclear:
        names_ = list(dict.fromkeys(unclear))
        return Verdict(UNKNOWN, _("%(what)s没有写到日，分不出先后。") % {"what": words_of(names_)}, lacking=tuple(names_))
    return Verdict(YES, _("先后正确。"))


def code(facts: Facts, names: Sequence[str], params: Mapping[str, Any]) -> Verdict:
    """The code reads as a national project code; its check digit is not reckoned (domain handbook 2.1)."""
    if gone := missing(facts, names):
        return lack(gone)
    for name in names:
        try:
            parse_project_code(str(facts[name]))
        except BadValue as bad:
            return Verdict(NO, bad.translated(_), wrong=(name,))
    return Verdict(YES, str(facts[names[0]]))


def least(facts: Facts, names: Sequence[str], params: Mapping[str, Any]) -> Verdict:
    """The amount reaches a bound, itself included; `bound` is looked up by the caller."""
    if gone := missing(facts, names):
        return lack(gone)
    amount, bound = Decimal(facts[names[0]]), Decimal(params["bound"])
    told = {"amount": show.money(amount), "bound": show.money(bound)}
    if amount < bound:
        return Verdict(NO, _("%(amount)s，不到 %(bound)s。") % told, wrong=(names[0],))
    return Verdict(YES, _("%(amount)s，不低于 %(bound)s。") % told)


def evidence(facts: Facts, names: Sequence[str], params: Mapping[str, Any]) -> Verdict:
    """Something dated proves the main works; levelling alone does not. A project on record as not begun is a no, whatever the photos show."""
    found: Sequence[Evidence] = facts.get("works") or ()
    proofs = [each for each in found if each.proves and each.on]
    if facts.get("begun") is False:
        words = (
            _("项目登记为未开工，而%(what)s表明已有主体工程，请先更正项目阶段。") % {"what": proofs[0].words}
            if proofs
            else _("项目还没有开工。")
        )
        return Verdict(NO, words, wrong=("begun",))
    if proofs:
        first = min(proofs, key=lambda each: each.on or date.max)
        return Verdict(YES, _("%(what)s（%(day)s）。") % {"what": first.words, "day": show.day(first.on)})
    if found:
        return Verdict(
            UNKNOWN, _("只有%(what)s，还不能证明主体工程开工。") % {"what": listed(each.words for each in found[:2])}, lacking=("works",)
        )
    return lack(("works",))


METHODS: Mapping[str, Method] = {
    "present": present,
    "any": any_of,
    "same": same,
    "equal": equal,
    "order": order,
    "code": code,
    "least": least,
    "evidence": evidence,
}


@dataclass(frozen=True)
class Pack:
    """What is known of one project's pack, by the names of `FACTS`, with the evidence of works and the papers' rows by kind."""

    facts: dict[str, Any]
    papers: dict[str, Any] = field(default_factory=dict)

    @property
    def works(self) -> Sequence[Evidence]:
        return self.facts.get("works") or ()
