"""The verbs of the library: add an item, draft a version, write it, measure its impact, submit, send back, publish, withdraw."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.people.models import Organisation
from zhuanban.domains.policies import access
from zhuanban.domains.policies.forms import library as forms
from zhuanban.domains.policies.models import Policy, PolicyVersion
from zhuanban.domains.policies.queries import impact, library
from zhuanban.domains.policies.rules import library as rules
from zhuanban.kernel import clock
from zhuanban.kernel.actions import INSIDE, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.forms import ReasonForm
from zhuanban.kernel.models import Dossier
from zhuanban.kernel.search import search_text

State = PolicyVersion.State


def stamped(by) -> dict[str, Any]:
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


@action("policies.add_item", on=Policy, label=gettext_lazy("新增政策"), form=forms.AddItemForm, creates=Policy, readers=INSIDE)
def add_item(
    policy: Policy, *, by, name: str, category: str, lane: str, document: str, department: Organisation | None = None, phone: str = "",
    papers: list[str] | None = None,
) -> Policy:  # fmt: skip
    """A further item of the same office and area; it is not seen outside before its first version is published."""
    key = next_key(category)
    dossier = Dossier.objects.create(
        kind="policies.policy", ref=f"ZC-{key}", title=name, area=policy.area_id, search_text=search_text(name, key)
    )
    made = Policy.objects.create(
        dossier=dossier, area=policy.area, key=key, name=name, category=category, department=department or policy.department,
        keeper=policy.keeper, lane=lane, phone=phone, papers=papers or [], document=document, **stamped(by),
    )  # fmt: skip
    dossier.url = made.get_absolute_url()
    dossier.save(update_fields=["url"])
    access.regrant(made)
    return made


LETTERS = dict(zip(Policy.Category.values, "ABCDEF", strict=True))


def next_key(category: str) -> str:
    """The letter of the category and a number; the unique column settles a race."""
    letter = LETTERS[category]
    newest = Policy.objects.filter(key__regex=rf"^{letter}\d+$").aggregate(last=Max("key"))["last"]
    return f"{letter}{int(newest[1:]) + 1 if newest else 1:02d}"


@action(
    "policies.draft", on=Policy, label=gettext_lazy("起草新版本"), form=forms.DraftForm, creates=PolicyVersion, when=rules.cannot_draft,
    readers=INSIDE,
)  # fmt: skip
def draft(policy: Policy, *, by, valid_from: date) -> PolicyVersion:
    """A new version that begins with what the latest one says."""
    latest = policy.versions.order_by("-number").first()
    return PolicyVersion.objects.create(
        policy=policy, number=latest.number + 1 if latest else 1, valid_from=valid_from, document=latest.document if latest else policy.document,
        clause=latest.clause if latest else policy.clause, entry=dict(latest.entry) if latest else {}, author=by, **stamped(by),
    )  # fmt: skip


@action("policies.write", on=PolicyVersion, label=gettext_lazy("保存草稿"), form=forms.EntryForm, when=rules.not_a_draft, readers=INSIDE)
def write(
    version: PolicyVersion, *, by, valid_from: date, valid_to: date | None = None, document: str = "", clause: str = "", **told: Any
) -> None:
    """Save the content; expressions are kept in canonical form. Whoever writes last is the author."""
    version.entry = forms.entry_of(told, version.entry)
    version.valid_from, version.valid_to, version.document, version.clause, version.author = valid_from, valid_to, document, clause, by
    version.save(update_fields=["entry", "valid_from", "valid_to", "document", "clause", "author"])


@action("policies.measure", on=PolicyVersion, label=gettext_lazy("测算影响"), when=rules.not_a_draft, readers=INSIDE)
def measure(version: PolicyVersion, *, by) -> None:
    """What this content would do to all enterprises today, kept with the version: nobody asks for review without having seen it."""
    checked = library.check(version.policy, version)
    if checked.version is None:
        raise Refused(_("条件或金额有错，先改正再测算。"))
    found = impact.of_book(checked.book, max(clock.today(), version.valid_from))[version.policy.key]
    version.impact = found.kept(library.fingerprint(version))
    version.save(update_fields=["impact"])


def cannot_submit(version: PolicyVersion) -> str:
    """What still stands in the gate before review, in the order in which an author meets it."""
    return rules.not_a_draft(version) or gate_words(version)


def gate_words(version: PolicyVersion) -> str:
    checked = library.check(version.policy, version)
    if checked.version is None or checked.issues:
        first = checked.issues[0].message if checked.issues else _("没有内容")
        return _("检查没有通过：%(what)s") % {"what": first}
    if checked.failed:
        return _("样例“%(name)s”没有通过：%(why)s") % {"name": checked.failed[0][0].name, "why": checked.failed[0][1]}
    if not checked.cases:
        return _("还没有样例。")
    if checked.uncovered:
        side = _("满足") if checked.uncovered[0].wants else _("不满足")
        return _("条件“%(text)s”还没有%(side)s一侧的样例。") % {"text": checked.uncovered[0].text, "side": side}
    if (version.impact or {}).get("content") != library.fingerprint(version):
        return _("还没有测算现在这份内容的影响。")
    return ""


@action("policies.submit", on=PolicyVersion, label=gettext_lazy("送审"), when=cannot_submit, readers=INSIDE)
def submit(version: PolicyVersion, *, by) -> None:
    """To the second pair of eyes: nothing wrong, golden cases on both sides of every boundary, impact seen."""
    version.state, version.remark, version.author = State.REVIEW, "", by
    version.save(update_fields=["state", "remark", "author"])


@action("policies.send_back", on=PolicyVersion, label=gettext_lazy("退回修改"), form=ReasonForm, when=rules.not_in_review, readers=INSIDE)
def send_back(version: PolicyVersion, *, by, reason: str) -> None:
    """Back to the author with the reason."""
    version.state, version.remark = State.DRAFT, reason
    version.save(update_fields=["state", "remark"])


def cannot_publish(version: PolicyVersion) -> str:
    return rules.not_in_review(version) or gate_words(version)


@action(
    "policies.publish", on=PolicyVersion, label=gettext_lazy("审定并发布"), when=cannot_publish, who=rules.author_approves,
)  # fmt: skip
def publish(version: PolicyVersion, *, by) -> None:
    """Known from this moment, in force from its first day; never changed again. Enterprises that newly qualify get a letter."""
    at = clock.now()
    version.state, version.approver, version.published_at = State.PUBLISHED, by, at
    version.save(update_fields=["state", "approver", "published_at"])
    policy = version.policy
    if policy.published_on is None:
        policy.published_on = clock.today()
    policy.updated_at, policy.updated_by = at, by
    policy.save(update_fields=["published_on", "updated_at", "updated_by"])


@action("policies.withdraw", on=Policy, label=gettext_lazy("停止执行"), form=forms.WithdrawForm, when=rules.cannot_withdraw, danger=True)
def withdraw(policy: Policy, *, by, from_day: date, reason: str) -> None:
    """From that day on it is no longer given; what was earned before stays owed."""
    policy.withdrawn_on = from_day
    policy.save(update_fields=["withdrawn_on"])
