"""What holds for every verb of the house. A new verb is tested here as soon as it is registered."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest
from django.forms import FileField
from django.urls import reverse
from markup import read
from town import ROBOT_ONLY, target

from zhuanban.kernel import actions, roles
from zhuanban.kernel.models import Event

VERBS = sorted(actions.REGISTRY)

every_verb = pytest.mark.parametrize("name", VERBS)


def holder(town, known):
    """Somebody who may do the verb on the town's row of its kind, and that row."""
    row = target(town, known.on)
    for role in roles.REGISTRY.values():
        if known.name in role.verbs:
            for widest in (True, False):
                user = town.holder(role.name, widest=widest)
                if known.allowed(user, row):
                    return user, row
    pytest.fail(f"no role that allows {known.name} reaches {row!r}: see TARGETS in tests/house/town.py")


def without(town, known):
    """Somebody who sees the row, as far as anybody without the verb does."""
    others = [name for name in ("inspector", "statistician", "district_leader", "audit_admin") if known.name not in roles.get(name).verbs]
    row = target(town, known.on)
    for role in others:
        user = town.holder(role)
        manager = known.on._default_manager
        if hasattr(manager.all(), "visible_to") and manager.visible_to(user).filter(pk=row.pk).exists():
            return user, row
    return town.person(), row


def page(name, row) -> str:
    return reverse("kernel:act", args=[name, row.pk])


def address(known, row) -> str:
    return f"/api/v1/{known.module}/{known.noun}/{row.pk}/{known.verb}"


def state(known, row):
    return actions.snapshot(known.on._base_manager.get(pk=row.pk)), Event.objects.count()


@every_verb
def test_a_verb_stands_in_its_module_under_its_own_name(name):
    known = actions.REGISTRY[name]
    homes = {f"zhuanban.domains.{known.module}.actions", f"zhuanban.{known.module}.verbs"}
    assert known.run.__module__ in homes or known.run.__module__.rpartition(".")[0] in homes, "a module's verbs may be a package"
    assert known.run.__name__ == known.verb
    assert import_module(known.run.__module__).__dict__[known.verb] is known.run


@every_verb
def test_a_verb_says_what_it_is(name):
    known = actions.REGISTRY[name]
    assert str(known.label).strip(), "no label"
    assert known.help.strip(), "neither a docstring nor help"
    assert hasattr(known.on, "dossier") or "dossier" in {field.name for field in known.on._meta.fields}


@every_verb
def test_every_field_of_its_form_has_a_label(name):
    known = actions.REGISTRY[name]
    fields = known.form.base_fields if known.form else {}
    assert [field for field, asked in fields.items() if not (asked.label and str(asked.label).strip())] == []


@every_verb
def test_it_takes_its_target_first_then_by_and_the_fields_of_its_form(name):
    known = actions.REGISTRY[name]
    first, *rest = inspect.signature(known.run).parameters.values()
    assert first.kind is first.POSITIONAL_OR_KEYWORD
    assert [each.name for each in rest if each.kind is not each.KEYWORD_ONLY and each.kind is not each.VAR_KEYWORD] == []
    taken = {each.name: each for each in rest if each.kind is each.KEYWORD_ONLY}
    assert "by" in taken and taken["by"].default is inspect.Parameter.empty
    asked = known.form.base_fields if known.form else {}
    if all(each.kind is not each.VAR_KEYWORD for each in rest):
        assert set(asked) <= set(taken), "the form asks for what the verb does not take"
    needed = {each for each, known_as in taken.items() if known_as.default is inspect.Parameter.empty} - {"by"}
    assert needed <= set(asked), "the verb needs what its form does not ask for"


@every_verb
def test_somebody_may_do_it(name):
    allowed = [role.name for role in roles.REGISTRY.values() if name in role.verbs]
    assert bool(allowed) != (name in ROBOT_ONLY), "let a role do it, or say in ROBOT_ONLY why nobody does"


@every_verb
def test_its_page_opens_for_who_may_do_it(town, enter, name):
    if name in ROBOT_ONLY:
        pytest.skip(ROBOT_ONLY[name])
    known = actions.REGISTRY[name]
    user, row = holder(town, known)
    browser = enter(user)
    for headers in ({}, {"HX-Request": "true"}):
        answer = browser.get(page(name, row), headers=headers)
        assert answer.status_code == 200
        told = answer.content.decode()
        assert str(known.label) in told
        fields = known.make_form(user, row).fields if known.form else {}
        reason = known.reason_against(row)
        assert [field for field in fields if f'name="{field}' not in told] == [] or reason in told
    assert read(told).complaints == []


@every_verb
def test_nothing_is_done_without_what_it_must_have(town, enter, name):
    """An empty form is refused where a field must be filled, a change without a version always; nothing is written."""
    if name in ROBOT_ONLY:
        pytest.skip(ROBOT_ONLY[name])
    known = actions.REGISTRY[name]
    user, row = holder(town, known)
    browser, before = enter(user), state(known, row)
    versioned = not known.creates and hasattr(row, "version")
    blind = browser.post(page(name, row), {})
    nonsense = dict.fromkeys(known.form.base_fields if known.form else {"no_such_field": ""}, "\x00<b>无此值</b>" + "9" * 400)
    wrong = browser.post(page(name, row), nonsense | ({"_version": row.version} if versioned else {}))
    if versioned:
        assert blind.status_code in {428, 400, 409}, blind.content.decode()[-400:]
    elif known.form and any(field.required for field in known.make_form(user, row).fields.values()):
        assert blind.status_code in {422, 409}
    if known.form:
        assert wrong.status_code in {422, 409}, wrong.status_code
        assert state(known, row) == before


@every_verb
def test_who_is_not_signed_in_is_sent_to_sign_in(town, client, name):
    known = actions.REGISTRY[name]
    row = target(town, known.on)
    before = state(known, row)
    for answer in (client.get(page(name, row)), client.post(page(name, row), {})):
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, reverse("signin"))
    answer = client.post(address(known, row), {}, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]) == (401, "not_signed_in")
    assert state(known, row) == before


@every_verb
def test_who_may_not_do_it_changes_nothing(town, enter, name):
    known = actions.REGISTRY[name]
    user, row = without(town, known)
    browser, before = enter(user), state(known, row)
    version = getattr(row, "version", "")
    tries = (
        browser.get(page(name, row)),
        browser.post(page(name, row), {"_version": version}),
        browser.post(address(known, row), {}, content_type="application/json", headers={"If-Match": f'"{version}"'} if version else {}),
    )
    refused = {403, 404, 415} if needs_a_file(known) else {403, 404}
    assert {answer.status_code for answer in tries} <= refused, [answer.status_code for answer in tries]
    assert state(known, row) == before


def needs_a_file(known) -> bool:
    """Such a verb takes no JSON at all, from nobody."""
    return bool(known.form) and any(isinstance(field, FileField) and field.required for field in known.form.base_fields.values())


@every_verb
def test_a_row_that_is_not_there_is_not_found(town, enter, name):
    if name in ROBOT_ONLY:
        pytest.skip(ROBOT_ONLY[name])
    known = actions.REGISTRY[name]
    user, _row = holder(town, known)
    browser = enter(user)
    for pk in ("987654321", "无", "9" * 40):
        assert browser.post(reverse("kernel:act", args=[name, pk]), {"_version": 1}).status_code == 404, pk
    assert browser.get(reverse("kernel:act", args=[name, "9" * 40])).status_code == 404
