"""When files are opened and officers assigned, and how a stated value is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from zhuanban.domains.enterprises import access
from zhuanban.domains.enterprises.models import EnterpriseFile, FactKind
from zhuanban.domains.people.models import Organisation
from zhuanban.domains.people.queries import holders
from zhuanban.engines.eligibility.schema import NONE, BadFact, Fact, Schema, Value, coerce
from zhuanban.kernel import money

OFFICER = "resident_officer"


@dataclass(frozen=True)
class Stated:
    """A value as somebody stated it. What an event keeps of it is that it was stated: values of facts are trade secrets."""

    plain: Any

    @property
    def name(self) -> str:
        return str(_("已填写（见企业档案）"))


def not_an_enterprise(organisation: Organisation) -> str:
    if organisation.kind != Organisation.Kind.ENTERPRISE:
        return _("只给企业建档案。")
    return _("已有企业档案。") if EnterpriseFile.objects.filter(organisation=organisation).exists() else ""


def nobody_to_assign(file: EnterpriseFile) -> str:
    left = holders(OFFICER).exclude(pk__in=access.officers(file)).exists()
    return "" if left else _("没有可以安排的驻企专员。")


def nobody_to_relieve(file: EnterpriseFile) -> str:
    return "" if access.officers(file) else _("这家企业还没有驻企专员。")


def schema_fact(kind: FactKind) -> Fact:
    return Schema.from_rows([kind.row()])[kind.name]


def read(kind: FactKind, text: Any) -> Any:
    """What a person wrote, in plain form. Bare amounts of money are 万元, as on all screens. Raises BadFact or BadValue with the reason."""
    fact, word = schema_fact(kind), text.strip() if isinstance(text, str) else text
    if kind.type == FactKind.Type.MONEY and isinstance(word, str) and word:
        amount = money.parse_money(word, "万元" if word[-1:].isdecimal() else None)
        if amount is not None and amount != amount.to_integral_value():
            raise BadFact(_("%(fact)s：请写到元。") % {"fact": kind.zh})
        word = None if amount is None else int(amount)
    value = coerce(fact, word)
    if value is None:
        raise BadFact(_("%(fact)s：没有填写。") % {"fact": kind.zh})
    return plain(value)


def plain(value: Value) -> Any:
    """A fact's value as JSON keeps it."""
    if value is NONE:
        return "无"
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else value


def span(kind: FactKind, since: date) -> tuple[date, date | None]:
    """The days for which a stated value holds: an annual fact to the end of the calendar year in which it is 'last year's'."""
    return (date(since.year, 1, 1), date(since.year + 1, 1, 1)) if kind.annual else (since, None)
