"""Role by role: nothing that a person is shown, finds, exports or reads by the API holds a word of a record that is not theirs to see.

Every record of a district carries the district's canary word, so that a leak can be seen whatever its form.
"""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.urls import reverse
from town import CITY, HERE, THERE, canary

from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import figures, listings, roles
from zhuanban.kernel.figures import Scope
from zhuanban.kernel.models import Access, Dossier, Event, Notice

every_role = pytest.mark.parametrize("name", sorted(roles.REGISTRY))
BIRD = "金丝雀"


def words_of(answer) -> str:
    """All that an answer tells: its body, its headers, and what lies packed in a spreadsheet."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"\n".join(book.read(part) for part in book.namelist())
    told = body.decode(errors="replace")
    if answer.headers.get("Content-Type", "").startswith("application/json"):
        told = json.dumps(json.loads(told), ensure_ascii=False)
    return told + " ".join(f"{name}: {value}" for name, value in answer.headers.items())


def kind_of(name: str) -> tuple:
    """What a role's view depends on: the first role of each kind walks everywhere, its likes walk where records are listed."""
    role = roles.get(name)
    return role.scopes, role.realm, role.staff, frozenset(role.verbs)


FIRST = set({kind_of(name): name for name in sorted(roles.REGISTRY, reverse=True)}.values())


def walk(browser, *, everywhere: bool = True):
    """What lists, finds, counts or exports: (address, what it tells)."""
    addresses = ["/", "/overview/", *(f"{reverse('palette')}?q={word}" for word in ("雀乙", "jsq"))]
    for name, known in listings.REGISTRY.items():
        table = reverse("kernel:listing", args=[name])
        addresses += [table, f"/api/v1/{known.module}/{known.noun}?limit=200&count=1"]
        if everywhere:
            addresses += [f"{table}?as={layout.name}" for layout in known.layouts]
            addresses += [reverse("kernel:export", args=[name, kind]) for kind in ("csv", "xlsx")]
    if everywhere:
        addresses += ["/me/", "/api/v1/me", *(f"{reverse('palette')}?q={word}" for word in ("丝雀", "项目"))]
        addresses += [
            reverse(page) for page in ("portfolio:goals", "portfolio:pairs", "newspaper", "audit", "kernel:notices", "kernel:figures")
        ]
        addresses += [reverse("portfolio:board_more", args=[stage]) for stage in ("lead", "under_construction")]
    for address in addresses:
        answer = browser.get(address)
        assert answer.status_code < 500, address
        yield address, words_of(answer)


def allowed_words(user) -> set[str]:
    """The names of the projects that the access table gives to the person, read beside the code under test."""
    keys = {f"user:{user.pk}", *(grant.scope_key for grant in user.role_grants.all())}
    dossiers = Access.objects.filter(principal__key__in=keys).values("dossier")
    return set(Dossier.objects.filter(pk__in=dossiers).exclude(kind="ledger").values_list("title", flat=True))


@every_role
def test_nobody_is_told_of_the_other_district(town, enter, name):
    """A holder of each role in one district, its firm or its projects; administrators over the city: they see no project at all."""
    user = town.holder(name)
    may_see = {title for title in allowed_words(user) if canary(THERE) in title}
    firms = {firm.name for firm in town.firms[THERE]} if roles.get(name).realm == ":security" else set()
    for address, told in walk(enter(user), everywhere=name in FIRST):
        for word in may_see | firms:
            told = told.replace(word, "")
        if may_see:  # a published project: its own facts may be told, those of its neighbours not
            others = [project.name for project in town.projects[THERE]]
            assert [word for word in others if word in told] == [], address
        else:
            assert canary(THERE) not in told, address


def test_a_holder_without_any_role_is_told_nothing(town, enter):
    for address, told in walk(enter(town.person())):
        assert BIRD not in told, address


@every_role
def test_a_foreign_record_is_as_if_it_did_not_exist(town, enter, name):
    user = town.holder(name)
    browser = enter(user)
    foreign = [row for row in town.projects[THERE] if row.name not in allowed_words(user)][:1]
    assert foreign
    nothing = browser.get(reverse("portfolio:project", args=[987654321]))
    for project in foreign:
        answers = {
            "page": browser.get(project.get_absolute_url()),
            "history": browser.get(reverse("portfolio:history", args=[project.pk])),
            "as at": browser.get(project.get_absolute_url() + "?as_at=2022-12-31"),
            "verb": browser.get(reverse("kernel:act", args=["portfolio.revise", project.pk])),
            "row": browser.get(f"/api/v1/portfolio/projects/{project.pk}"),
            "events": browser.get(f"/api/v1/dossiers/{project.pk}/events"),
        }
        assert {case: answer.status_code for case, answer in answers.items()} == dict.fromkeys(answers, 404)
        assert without_nonce(answers["page"]) == without_nonce(nothing), "told apart from one that is not there"


def without_nonce(answer) -> str:
    return answer.content.decode().replace(answer.wsgi_request.csp_nonce, "")


@every_role
def test_no_figure_counts_what_its_reader_may_not_see(town, name):
    user = town.holder(name)
    may_see = set(Project.objects.filter(name__in=allowed_words(user)).values_list("pk", flat=True))
    for known in figures.REGISTRY.values():
        rows = known.read(Scope.today(user=user)).rows
        if rows.model is Project:
            counted = set(rows.values_list("pk", flat=True))
        elif any(field.name == "project" for field in rows.model._meta.concrete_fields):
            counted = set(rows.values_list("project", flat=True))
        else:
            continue
        assert counted <= may_see, known.name


@pytest.mark.parametrize("name", ["district_leader", "owner"])
def test_no_figures_page_shows_what_its_reader_may_not_see(town, enter, name):
    browser = enter(town.holder(name))
    for known in figures.REGISTRY.values():
        for address in (reverse("kernel:figure", args=[known.name]), f"/api/v1/figures/{known.name}"):
            assert canary(THERE) not in words_of(browser.get(f"{address}?area={THERE}" if name == "owner" else address)), address


def test_the_figure_of_another_area_counts_no_more_than_its_reader_sees(town):
    leader = town.person("district_leader", HERE)
    for known in figures.REGISTRY.values():
        rows = known.read(Scope.today(user=leader, area=THERE)).rows
        if rows.model is Project:
            assert not rows.exists(), known.name


def test_a_lead_and_a_trade_secret_stay_with_their_own(town):
    """The host of a zone sees its projects, but neither confidential leads nor trade secrets; a contractor sees the works."""
    zone = town.areas["220174"]
    host = town.person("district_leader", zone.host_id)
    plain, lead, secret = (
        town.bare_project("220106", town.firms[THERE][0], stage, **facts)
        for stage, facts in (("reserve", {}), ("lead", {}), ("reserve", {"secrecy": "trade_secret"}))
    )
    from zhuanban.domains.portfolio import access

    for project in (plain, lead, secret):
        Project.objects.filter(pk=project.pk).update(area=zone, host_area=zone.host)
        access.regrant(Project.objects.get(pk=project.pk))
    seen = set(Project.objects.visible_to(host).values_list("pk", flat=True))
    assert plain.pk in seen and not {lead.pk, secret.pk} & seen
    promoter = town.person("promoter", organisation=town.firms[HERE][1])
    assert not {lead.pk, secret.pk} & set(Project.objects.visible_to(promoter).values_list("pk", flat=True))


def test_two_of_a_kind_do_not_see_each_others(town):
    """Two firms of one district, two districts, two secretaries."""
    firms = [town.person("owner", organisation=firm) for firm in town.firms[HERE]]
    first, second = (set(Project.objects.visible_to(user).values_list("pk", flat=True)) for user in firms)
    assert first and second and not first & second
    secretaries = [town.person("project_secretary") for _ in range(2)]
    for user, project in zip(secretaries, (town.projects[HERE][0], town.projects[THERE][0]), strict=True):
        town.hand_over(project, user)
    assert [list(Project.objects.visible_to(user)) for user in secretaries] == [[town.projects[HERE][0]], [town.projects[THERE][0]]]
    leaders = [town.person("district_leader", key) for key in (HERE, THERE)]
    assert not set(Project.objects.visible_to(leaders[0])) & set(Project.objects.visible_to(leaders[1]))


def test_a_right_that_ends_takes_the_view_with_it(town, enter):
    """At the next request, not at the next sign-in; and a project that moves away is gone from the list."""
    from zhuanban.domains.portfolio import actions

    leader, project = town.person("district_leader", HERE), town.projects[HERE][0]
    browser = enter(leader)
    assert browser.get(project.get_absolute_url()).status_code == 200
    actions.move(project, by=town.dispatcher, area=town.areas[THERE], reason="调整")
    assert browser.get(project.get_absolute_url()).status_code == 404
    other = town.projects[HERE][1]
    assert browser.get(other.get_absolute_url()).status_code == 200
    leader.role_grants.update(state="ended")
    assert browser.get(other.get_absolute_url()).status_code == 404


def test_a_notice_reaches_nobody_who_may_not_see_its_dossier(town):
    """Whatever a verb tells: everyone who hears of a project sees it."""
    from zhuanban.domains.people.models import User
    from zhuanban.domains.portfolio import actions

    for project in (*town.projects[HERE], *town.projects[THERE]):
        actions.suspend(project, by=town.dispatcher, reason="天气") if project.stage == "under_construction" else actions.cancel(
            project, by=town.dispatcher, reason="流失"
        )
    notices = Notice.objects.exclude(dossier=None)
    assert notices.exists()
    for notice in notices:
        reader = User.objects.get(pk=notice.user_id)
        assert Dossier.objects.visible_to(reader).filter(pk=notice.dossier_id).exists(), f"{reader} hears of {notice.dossier}"


def test_no_event_holds_what_is_private(town, enter):
    """Passwords, secrets and phone numbers never enter the timeline, which nobody can edit."""
    from zhuanban.domains.people import actions

    by = town.person("sec_admin", CITY)
    user = actions.open_account(town.office, by=by, username="canary.clerk", name="某人", password="Secret-Canary-1", phone="13912345678")
    actions.reset_password(user, by=by, password="Secret-Canary-2")
    told = json.dumps(list(Event.objects.values_list("data", flat=True)), ensure_ascii=False)
    for private in ("Secret-Canary", "13912345678", "12345678"):
        assert private not in told
    stored = type(user).objects.filter(pk=user.pk).values("phone", "password").get()
    assert "13912345678" in str(stored["phone"]) and "Secret" not in stored["password"]
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM people_user WHERE id = %s", [user.pk])
        assert "13912345678" not in cursor.fetchone()[0], "the column is kept encrypted"
