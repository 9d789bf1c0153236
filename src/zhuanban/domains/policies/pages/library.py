"""The library of policies and an item's page."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from zhuanban.domains.enterprises import queries as enterprises
from zhuanban.domains.enterprises.models import EnterpriseFile
from zhuanban.domains.people.models import Organisation
from zhuanban.domains.policies.models import Policy, PolicyLetter, PolicyVersion, StackingRule, Subscription
from zhuanban.domains.policies.queries import eligible, impact, letters, library
from zhuanban.domains.policies.rules import wording
from zhuanban.engines.eligibility.answers import Answer, View
from zhuanban.engines.eligibility.book import Version
from zhuanban.kernel import actions, clock, pages, panels
from zhuanban.kernel.listings import Chip, Column, Filter, Layout, Listing, Query, by_choice
from zhuanban.kernel.models import Notice
from zhuanban.kernel.people import SignedInRequest

pages.KIND_ICONS["policies.policy"] = "bookmark"
SHOWN = 60
"""Enterprises that an item's page lists; the count tells how many there are."""
LANE_TONES = {Policy.Lane.NO_APPLICATION: "is-green", Policy.Lane.FAST: "is-blue", Policy.Lane.APPLY: ""}


def departments(user: Any) -> list[tuple[str, str]]:
    """The departments of the items that the reader sees."""
    rows = Organisation.objects.filter(policies__in=Policy.objects.visible_to(user)).distinct().order_by("name")
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


def lettered(user: Any) -> list[tuple[str, str]]:
    """The versions of which the reader sees letters."""
    rows = PolicyVersion.objects.filter(letters__in=PolicyLetter.objects.visible_to(user)).distinct().select_related("policy")
    return [(str(row.pk), f"{row.policy.name} v{row.number}") for row in rows.order_by("policy__key", "number")]


def describe(rows: list[Policy]) -> None:
    """Each row's amount and window in words, from the version in force. One query for all of a page."""
    today, schema = clock.today(), library.book().schema
    found: dict[int, PolicyVersion] = {}
    for version in PolicyVersion.objects.published().filter(policy__in=rows).order_by("published_at", "number"):
        kept = found.get(version.policy_id)
        if kept is None or version.valid_from <= today or kept.valid_from > today:
            found[version.policy_id] = version
    for row in rows:
        entry = found[row.pk].entry if row.pk in found else {}
        row.worth = wording.amount_words(str(entry.get("amount") or ""), entry.get("params") or {}, schema) if entry else _("起草中")  # type: ignore[attr-defined]
        row.window = window_words(entry)  # type: ignore[attr-defined]
        row.tone = LANE_TONES.get(Policy.Lane(row.lane), "")  # type: ignore[attr-defined]


def window_words(entry: dict[str, Any]) -> str:
    """When it can be asked for: 2023.2.1—4.30, in one piece so that a column keeps it on a line."""
    first, last = [*(entry.get("window") or ()), None, None][:2]
    if not first and not last:
        return _("全年")
    start, end = (date.fromisoformat(str(each)) if each else None for each in (first, last))
    tail = "" if end is None else f"{end.month}.{end.day}" if start and start.year == end.year else f"{end.year}.{end.month}.{end.day}"
    return f"{f'{start.year}.{start.month}.{start.day}' if start else ''}—{tail}"


def by_category(query: Query) -> dict[str, Any]:
    """All items under their category: a library is read whole."""
    rows = list(query.rows.select_related("department", "area").order_by("key")[:400])
    describe(rows)
    groups: dict[str, list[Policy]] = defaultdict(list)
    for row in rows:
        groups[row.category].append(row)
    found = [{"label": label, "key": key, "rows": groups[key]} for key, label in Policy.Category.choices if groups[key]]
    return {
        "groups": found,
        "shown": len(rows),
        "lanes": [(label, sum(row.lane == key for row in rows)) for key, label in Policy.Lane.choices],
    }


policies = Listing(
    name="policies.policies",
    title=gettext_lazy("政策库"),
    rows=lambda user: Policy.objects.visible_to(user),
    search="dossier__search_text",
    order="key",
    related=("department", "area", "dossier"),
    prepare=describe,
    columns=(
        Column("key", gettext_lazy("编号"), sort="key", narrow=False),
        Column("name", gettext_lazy("名称"), link=True, sort="name"),
        Column("category", gettext_lazy("类别"), choices=Policy.Category.choices, sort="category", narrow=False),
        Column("lane", gettext_lazy("办理方式"), choices=Policy.Lane.choices),
        Column("worth", gettext_lazy("金额")),
        Column("window", gettext_lazy("申报时间"), narrow=False),
        Column("department", gettext_lazy("主管部门"), path="department__name", narrow=False),
    ),
    filters=(
        Filter("category", gettext_lazy("类别"), by_choice("category"), lambda user: Policy.Category.choices),
        Filter("lane", gettext_lazy("办理方式"), by_choice("lane"), lambda user: Policy.Lane.choices),
        Filter("department", gettext_lazy("主管部门"), by_choice("department"), departments),
    ),
    chips=(
        Chip("no_application", gettext_lazy("免申即享"), lambda user: Q(lane=Policy.Lane.NO_APPLICATION)),
        Chip("fast", gettext_lazy("快申快享"), lambda user: Q(lane=Policy.Lane.FAST)),
        Chip("subscribed", gettext_lazy("我订阅的"), lambda user: Q(subscriptions__user=user.pk)),
        Chip("making", gettext_lazy("起草和待审"), lambda user: Q(versions__state__in=("draft", "review"))),
    ),
    layouts=(Layout("category", gettext_lazy("按类别"), "layout-grid", "policies/library.html", by_category),),
    empty=gettext_lazy("政策在这里写成条件和金额，对每一户企业都按同一条文判断。"),
)


@require_GET
def policy_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, policies.name)


@require_GET
def policy(request: SignedInRequest, pk: int) -> HttpResponse:
    """An item in plain language: what it asks, what it gives, when, with which papers, whom to call, who has it."""
    shown = get_object_or_404(Policy.objects.visible_to(request.user).select_related("area", "department", "keeper", "dossier"), pk=pk)
    today = clock.today()
    version = library.version_of(shown, today)
    described = describe_version(shown, version) if version else None
    insider = bool(request.user.inside_keys)
    found = impact.today(today).get(shown.key) if insider and shown.published_on else None
    context = {
        "page_title": shown.name,
        "policy": shown,
        "version": version,
        "described": described,
        "tone": LANE_TONES.get(Policy.Lane(shown.lane), ""),
        "versions": versions_for(shown, request),
        "verbs": actions.offered(request.user, shown, "policies.draft", "policies.withdraw", "policies.add_item"),
        "subscribed": shown.subscriptions.filter(user=request.user.pk).exists(),
        "subscribers": shown.subscriptions.count() if insider else 0,
        "rules": [rule for rule in StackingRule.objects.all() if shown.key in rule.policies or shown.key == rule.base],
        "impact": found,
        "enterprises": enterprises_of(request, found),
        "receipts": letters.receipts(version) if insider else None,
        "own": own_answer(request, shown) if shown.published_on else None,
        "today": today,
        "panels": panels.panels_of("policies.policy", shown, request.user),
    }
    return render(request, "policies/policy.html", context)


def versions_for(shown: Policy, request: SignedInRequest) -> list[PolicyVersion]:
    return list(
        PolicyVersion.objects.visible_to(request.user).filter(policy=shown).select_related("author", "approver").order_by("-number")
    )


def describe_version(shown: Policy, version: PolicyVersion) -> dict[str, Any]:
    """A version as people read it: every clause as a sentence with its canonical expression, the amount in words, the window."""
    book = library.book_with(shown, version)
    made = book.policies[0].versions[0] if book.policies and book.policies[0].versions else None
    entry = version.entry
    return {
        "clauses": [clause_of(each, book.schema) for each in made.clauses] if made else [],
        "amount": wording.amount_words(str(entry.get("amount") or ""), entry.get("params") or {}, book.schema),
        "expression": wording.canonical(str(entry.get("amount") or ""), book.schema),
        "params": list((entry.get("params") or {}).items()),
        "window": window_words(entry),
        "open": window_open(made),
        "budget": entry.get("budget") or {},
        "golden": made.golden if made else (),
    }


def clause_of(each: Any, schema: Any) -> dict[str, str]:
    return {"text": each.text, "source": each.source, "expression": wording.canonical(each.expression, schema), "shared": each.block}


def window_open(made: Version | None) -> bool:
    return made is not None and made.window_open(clock.today())


def enterprises_of(request: SignedInRequest, found: impact.Impact | None) -> list[dict[str, Any]]:
    """Those that meet the conditions, as far as the reader sees their files, the largest amounts first."""
    if found is None or not found.files:
        return []
    amounts = dict(zip(found.files, found.amounts, strict=True))
    largest = sorted(amounts, key=lambda key: -amounts[key])[: 4 * SHOWN]
    rows = EnterpriseFile.objects.visible_to(request.user).filter(pk__in=largest).select_related("organisation", "area")
    listed = sorted(rows, key=lambda row: (-amounts[row.pk], row.pk))[:SHOWN]
    return [{"file": row, "amount": None if amounts[row.pk] < 0 else Decimal(amounts[row.pk])} for row in listed]


def own_answer(request: SignedInRequest, shown: Policy) -> dict[str, Any] | None:
    """What the item says of the reader's own enterprise."""
    file = EnterpriseFile.objects.visible_to(request.user).filter(organisation=request.user.organisation_id).first()
    if file is None:
        return None
    view = library.view(clock.today())
    answer = answer_of(view, file, shown.key)
    if answer is None:
        return None
    kinds = {kind.name: kind for kind in enterprises.kinds()}
    return {"file": file, "item": eligible.item_of(shown, answer, {}, kinds, view.book.schema)}


def answer_of(view: View, file: EnterpriseFile, key: str) -> Answer | None:
    facts = enterprises.facts_of(file.pk, view.valid, view.known, view.book.schema)
    return next(iter(view.answer(facts, [key])), None)


@require_POST
def subscribe(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hear of an item's changes, or no longer: a preference of one's own."""
    shown = get_object_or_404(Policy.objects.visible_to(request.user), pk=pk)
    held = Subscription.objects.filter(policy=shown, user=request.user.pk)
    if request.POST.get("on") == "1":
        Subscription.objects.get_or_create(policy=shown, user_id=request.user.pk, defaults={"at": clock.now()})
    else:
        held.delete()
    return redirect(shown)


@require_GET
def letter(request: SignedInRequest, pk: int) -> HttpResponse:
    """The letter to an enterprise. Its own people give the receipt by opening it."""
    rows = PolicyLetter.objects.visible_to(request.user).select_related(
        "edition__policy__department", "edition__policy__area", "file__organisation", "file__dossier", "read_by"
    )
    shown = get_object_or_404(rows, pk=pk)
    if shown.read_at is None and request.user.organisation_id == shown.file.organisation_id:
        shown.read_at, shown.read_by_id = clock.now(), request.user.pk
        PolicyLetter.objects.filter(pk=shown.pk, read_at=None).update(read_at=shown.read_at, read_by=request.user.pk)
    if request.user.pk:
        Notice.objects.filter(user=request.user.pk, url=shown.get_absolute_url(), read_at=None).update(read_at=clock.now())
    context = {
        "page_title": shown.edition.policy.name,
        "letter": shown,
        "policy": shown.edition.policy,
        "described": describe_version(shown.edition.policy, shown.edition),
    }
    return render(request, "policies/letter.html", context)


letter_rows = Listing(
    name="policies.letters",
    title=gettext_lazy("政策到企"),
    rows=lambda user: PolicyLetter.objects.visible_to(user),
    search="file__dossier__search_text",
    order="-sent_at",
    related=("file__organisation", "file__area", "edition__policy"),
    columns=(
        Column("policy", gettext_lazy("政策"), path="edition__policy__name", link=True),
        Column("enterprise", gettext_lazy("企业"), path="file__organisation__name"),
        Column("amount", gettext_lazy("估算金额"), kind="money"),
        Column("sent_at", gettext_lazy("送达"), kind="date", sort="sent_at"),
        Column("told", gettext_lazy("通知人数"), kind="number", narrow=False),
        Column("read_at", gettext_lazy("已读"), kind="date"),
    ),
    filters=(Filter("edition", gettext_lazy("政策"), by_choice("edition"), lettered),),
    chips=(
        Chip("unread", gettext_lazy("未读"), lambda user: Q(read_at=None)),
        Chip("unreachable", gettext_lazy("没有账号"), lambda user: Q(told=0)),
    ),
    empty=gettext_lazy("企业新符合一项政策，系统就去一封信；开了信就有回执。"),
)


@require_GET
def letter_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, letter_rows.name)
