"""The editor of a version: a decision table and expressions over the same tree, checked and tried while one writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from zhuanban.domains.enterprises import queries as enterprises
from zhuanban.domains.enterprises.models import EnterpriseFile
from zhuanban.domains.policies.forms.library import EntryForm, entry_of
from zhuanban.domains.policies.models import ConditionBlock, PolicyVersion
from zhuanban.domains.policies.pages.library import describe_version
from zhuanban.domains.policies.queries import impact, library
from zhuanban.domains.policies.rules import entry_text, wording
from zhuanban.engines.eligibility.answers import ELIGIBLE, NOT, View
from zhuanban.engines.eligibility.errors import Issue
from zhuanban.engines.eligibility.schema import Schema
from zhuanban.kernel import actions, clock
from zhuanban.kernel.errors import BadInput, Failure
from zhuanban.kernel.people import SignedInRequest

WRITE = "policies.write"
MOST_ROWS = 40
AMOUNT_KINDS = (
    (wording.FIXED, gettext_lazy("定额")),
    (wording.SHARE, gettext_lazy("按比例给付")),
    (wording.STEP, gettext_lazy("分档")),
    (wording.MARGINAL, gettext_lazy("分段累进")),
)
SAMPLES = 6
PLAIN = ("valid_from", "valid_to", "document", "clause", "opens_on", "closes_on", "params", "amount", "golden", "budget", "budget_rule")
"""Fields of the editor that are the verb's own; conditions and shared conditions are put together from rows and ticks."""


def version_of(request: SignedInRequest, pk: int) -> PolicyVersion:
    rows = PolicyVersion.objects.visible_to(request.user).select_related(
        "policy__department", "policy__area", "policy__dossier", "author", "approver"
    )
    return get_object_or_404(rows, pk=pk)


def may_write(request: SignedInRequest, shown: PolicyVersion) -> bool:
    return shown.state == PolicyVersion.State.DRAFT and actions.find(WRITE).allowed(request.user, shown)


@require_GET
def version(request: SignedInRequest, pk: int) -> HttpResponse:
    """A version: the editor for whoever may write it, else what it says."""
    shown = version_of(request, pk)
    writes = may_write(request, shown)
    context: dict[str, Any] = {
        "page_title": f"{shown.policy.name} · {_('第 %(n)s 版') % {'n': shown.number}}",
        "version": shown,
        "policy": shown.policy,
        "writes": writes,
        "verbs": [each for each in actions.offered(request.user, shown) if each["action"].name != WRITE],
        "impact": shown.impact or None,
    }
    if writes:
        context |= form_context(shown, values_of(shown), request.GET.get("view", "table"))
    else:
        context["described"] = describe_version(shown.policy, shown)
    return render(request, "policies/version.html", context)


@require_POST
def rows(request: SignedInRequest, pk: int) -> HttpResponse:
    """The form again in the other view, or with a row more or less; nothing is saved."""
    shown = version_of(request, pk)
    if not may_write(request, shown):
        raise Failure(_("这个版本现在不能改。"))
    values = values_in(request.POST)
    if request.POST.get("add"):
        values["rows"].append({"text": "", "if": "", "clause": ""})
    if (gone := request.POST.get("drop", "")).isdigit():
        values["rows"] = [row for place, row in enumerate(values["rows"]) if place != int(gone)]
    return render(
        request, "policies/parts/editor_form.html", {"version": shown, **form_context(shown, values, request.POST.get("view", "table"))}
    )


@require_POST
def save(request: SignedInRequest, pk: int) -> HttpResponse:
    """Save by the verb; what cannot be read is said at its field and nothing is lost."""
    shown = version_of(request, pk)
    told = request.POST.get("_version", "")
    try:
        actions.submit(WRITE, request.user, pk, verb_data(request.POST), version=int(told) if told.isdigit() and len(told) < 19 else None)
    except BadInput as bad:
        context: dict[str, Any] = {
            "page_title": str(shown.policy),
            "version": shown,
            "policy": shown.policy,
            "writes": True,
            "verbs": [],
            "impact": shown.impact or None,
        }
        context |= form_context(shown, values_in(request.POST), request.POST.get("view", "table"), bad.fields)
        return render(request, "policies/version.html", context, status=422)
    return redirect(
        f"{reverse('policies:version', args=[pk])}?view={'expression' if request.POST.get('view') == 'expression' else 'table'}"
    )


# The form's values ----------------------------------------------------------------------------------------------------


def values_of(shown: PolicyVersion) -> dict[str, Any]:
    entry = shown.entry
    window, budget = [*(entry.get("window") or ()), None, None][:2], entry.get("budget") or {}
    return {
        "valid_from": shown.valid_from.isoformat(),
        "valid_to": shown.valid_to.isoformat() if shown.valid_to else "",
        "document": shown.document,
        "clause": shown.clause,
        "opens_on": str(window[0] or ""),
        "closes_on": str(window[1] or ""),
        "params": entry_text.params_text(entry),
        "amount": str(entry.get("amount") or ""),
        "golden": entry_text.golden_text(entry),
        "budget": str(budget.get("amount", "")),
        "budget_rule": budget.get("rule", ""),
        "use": list(entry.get("use") or ()),
        "rows": [
            {"text": row.get("text", ""), "if": str(row.get("if", "")), "clause": row.get("clause", "")} for row in entry.get("when") or ()
        ],
    }


def values_in(data: QueryDict) -> dict[str, Any]:
    """What the editor's form holds: rows in either view come back to expressions."""
    schema = library.book().schema
    found = []
    for place in range(MOST_ROWS):
        if f"c{place}-text" in data:
            expression = data.get(f"c{place}-if", "").strip()
            if fact := data.get(f"c{place}-fact", ""):
                expression = wording.text_of(wording.Row(fact, data.get(f"c{place}-op", ""), data.get(f"c{place}-value", "")), schema)
            found.append({"text": data.get(f"c{place}-text", ""), "if": expression, "clause": data.get(f"c{place}-clause", "")})
    told = {name: data.get(name, "") for name in PLAIN}
    if kind := data.get("a-kind", ""):
        parts = (data.get(f"a-{name}", "") for name in ("fact", "value", "cap", "tiers"))
        told["amount"] = wording.amount_text(wording.Amount(kind, *parts), schema)
    return told | {"use": data.getlist("use"), "rows": found}


def verb_data(data: QueryDict) -> QueryDict:
    """The verb's fields from the editor's."""
    values, made = values_in(data), QueryDict(mutable=True)
    for name in PLAIN:
        made[name] = values[name]
    made["use"] = " ".join(values["use"])
    kept = [row for row in values["rows"] if row["text"].strip() or row["if"].strip()]
    made["when"] = "\n".join(" | ".join(one_line(row[name]) for name in ("text", "if", "clause")) for row in kept)
    return made


def one_line(text: str) -> str:
    return " ".join(text.replace("|", "／").replace("｜", "／").split())


def form_context(shown: PolicyVersion, values: dict[str, Any], view: str, errors: dict[str, list[str]] | None = None) -> dict[str, Any]:
    schema = library.book().schema
    table = view != "expression"
    lines = []
    for place, row in enumerate(values["rows"]):
        simple = wording.row_of(row["if"], schema) if row["if"].strip() else wording.Row("", ">=", "")
        lines.append({**row, "place": place, "if": wording.canonical(row["if"], schema), "row": simple if table else None})
    return {
        "values": values,
        "lines": lines,
        "view": "table" if table else "expression",
        "sum": wording.amount_of(values["amount"], schema) if table else None,
        "kinds": AMOUNT_KINDS,
        "facts": [fact.zh for fact in schema.facts.values()],
        "operators": wording.OPERATORS,
        "blocks": [{"row": block, "used": block.key in values["use"]} for block in ConditionBlock.objects.all()],
        "budget_rules": EntryForm.base_fields["budget_rule"].choices,  # type: ignore[attr-defined]
        "errors": errors or {},
        "error_lines": [text for texts in (errors or {}).values() for text in texts],
    }


# Live ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A mistake with its place: the text before it, the word itself, the text after."""

    where: str
    message: str
    before: str = ""
    mark: str = ""
    after: str = ""


@require_POST
def try_out(request: SignedInRequest, pk: int) -> HttpResponse:
    """What the engine says of what is being written: mistakes, golden cases, sample firms, all enterprises. Nothing is saved."""
    shown = version_of(request, pk)
    if not may_write(request, shown):
        raise Failure(_("这个版本现在不能改。"))
    data = verb_data(request.POST)
    form = EntryForm(data, user=request.user, target=shown)
    context: dict[str, Any] = {"version": shown}
    if not form.is_valid():
        context["found"] = [
            Found(str(form.fields[name].label), str(text)) for name, texts in form.errors.items() if name in form.fields for text in texts
        ]
        return render(request, "policies/parts/live.html", context)
    told = form.cleaned_data
    entry = entry_of(told, shown.entry)
    checked = library.check(shown.policy, shown, entry)
    schema = checked.book.schema
    context |= {
        "found": [placed(each, entry) for each in checked.issues],
        "cases": checked.cases,
        "uncovered": checked.uncovered,
        "amount": wording.amount_words(str(entry.get("amount") or ""), entry.get("params") or {}, schema),
    }
    if checked.version is not None:
        day = max(clock.today(), told["valid_from"])
        found = impact.of_book(checked.book, day)[shown.policy.key]
        now = impact.today(clock.today()).get(shown.policy.key)
        context |= {"impact": found, "now": now, "samples": samples(request, View(checked.book, day), found, schema)}
    return render(request, "policies/parts/live.html", context)


def placed(issue: Issue, entry: dict[str, Any]) -> Found:
    """An issue with the piece of the expression that it is about."""
    where = issue.where.partition(" ")[2].partition(" ")[2] or issue.where
    texts = {f"条件 {row.get('id')}": str(row.get("if", "")) for row in entry.get("when") or ()} | {"金额": str(entry.get("amount") or "")}
    row = where.removeprefix("条件 c")
    label = _("第 %(n)s 条") % {"n": row} if where in texts and where != "金额" else where
    text = texts.get(where, "")
    if issue.position is None or not text:
        return Found(label, issue.message)
    at = min(issue.position, len(text))
    end = next((place for place in range(at + 1, len(text) + 1) if place == len(text) or text[place] in " (),:[]"), at)
    return Found(label, issue.message, text[:at], text[at:end] or "▲", text[end:])


def samples(request: SignedInRequest, view: View, found: impact.Impact, schema: Schema) -> list[dict[str, Any]]:
    """A few enterprises whose files the author sees, of each kind of answer."""
    visible = EnterpriseFile.objects.visible_to(request.user).select_related("organisation")
    have = list(visible.filter(pk__in=found.files[:200])[:2])
    rest = list(visible.exclude(pk__in=found.files).order_by("pk")[: SAMPLES - len(have)])
    kinds = {kind.name: kind for kind in enterprises.kinds()}
    told = []
    for file in (*have, *rest):
        answer = view.answer(enterprises.facts_of(file.pk, view.valid, None, schema))[0]
        failed = next((each.text for each in answer.trace if each.value is False), "")
        missing = "、".join(kinds[name].zh for name in answer.missing if name in kinds)
        words = failed if answer.status == NOT else missing
        told.append({"file": file, "status": answer.status, "words": words, "amount": answer.amount if answer.status == ELIGIBLE else None})
    return told
