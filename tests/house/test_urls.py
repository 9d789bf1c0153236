"""The guard walk: every address of the resolver, as nobody, as a stranger, as a forger, and when things break."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest
from claimed import ROWS as CLAIMED_ROWS
from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.test import Client
from django.urls import URLPattern, get_resolver, resolve, reverse
from entitled import ROWS as ENTITLED_ROWS
from markup import read
from permitted import ROWS as PERMITTED_ROWS
from town import CITY, HERE, ROBOT_ONLY, THERE, canary, target

from zhuanban.kernel import actions, figures, listings, roles

PUBLIC = {
    "/signin/": "signing in",
    "/signout/": "whoever is signed out already may ask for it again",
    "/enter/no-such-token/": "the demo's one-time links",
    "/healthz": "monitors",
    "/policies/notices/": "claims in public notice, for everybody to object to",
    "/favicon.ico": "browsers ask for it",
}
"""Addresses that anybody may open, and why. Every other one asks for a signed-in person."""
SAMPLES = {
    "key": lambda town, area: area,
    "pk": lambda town, area: town.projects[area][0].pk,
    "stage": lambda town, area: "reserve",
    "token": lambda town, area: "no-such-token",
    "part": lambda town, area: "late",
    "kind": lambda town, area: "csv",
    "verb": lambda town, area: "portfolio.advance",
}
"""A value for each parameter of a route."""
ROWS = {
    "case": lambda town, area: town.cases[area].case,
    "certificate": lambda town, area: town.cases[area].certificate,
    "entry": lambda town, area: town.counted[area].waiting,
    "reporting_month": lambda town, area: town.reporting_month,
    "campaign": lambda town, area: town.cells[area].campaign,
    "cell": lambda town, area: town.cells[area],
    "account": lambda town, area: town.asked.user,
    "factor_request": lambda town, area: town.supplied[area].request,
    "factor_survey": lambda town, area: town.supplied[area].survey,
    "funding_batch": lambda town, area: town.supplied[area].batch,
    "supply_point": lambda town, area: town.supplied[area].point,
    "grant": lambda town, area: town.asked,
    "organisation": lambda town, area: town.firms[area][0],
    "pair": lambda town, area: town.pair,
    "force": lambda town, area: town.forces[area],
    "problem": lambda town, area: town.problems[area],
    "light_rules": lambda town, area: town.light_rules,
    "track_page": lambda town, area: town.tracks[area],
    "ranking": lambda town, area: town.rankings["area"],
    "ranking_check": lambda town, area: town.rankings["area"],
    "ranking_line": lambda town, area: town.rankings["force"].lines.get(force=town.forces[area]),
    "effect": lambda town, area: town.nodes[area],
    "meeting": lambda town, area: town.meetings[area].running,
    "meeting_screen": lambda town, area: town.meetings[area].running,
    "minutes": lambda town, area: town.meetings[area].held,
    "minutes_docx": lambda town, area: town.meetings[area].held,
    "minutes_pdf": lambda town, area: town.meetings[area].held,
    "series": lambda town, area: town.meetings[area].series,
    "decision": lambda town, area: town.meetings[area].held.decisions.first(),
}
ROWS |= ENTITLED_ROWS | CLAIMED_ROWS | PERMITTED_ROWS
"""View -> the row that its page shows; of all others with a `pk` it is a project of the area."""
NAMES = {
    "act": lambda: sorted(actions.REGISTRY)[-1:],
    "figure": lambda: sorted(figures.REGISTRY)[:1],
    "figure_value": lambda: sorted(figures.REGISTRY)[:1],
    "figures_read": lambda: sorted(figures.REGISTRY)[:1],
}
"""View -> what its `name` may be; of all others it is a listing's."""
_PARAMETER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")


def routes(patterns=None, prefix: str = "/"):
    """Every route of the site: (address with parameters, pattern)."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        own = getattr(each.pattern, "_route", None)
        here = prefix + (own if own is not None else "")
        if isinstance(each, URLPattern):
            yield (here if own is not None else f"{here}no/such/address"), each
        else:
            yield from routes(each.url_patterns, here)


ROUTES = {address: pattern for address, pattern in routes() if not address.startswith("/static/")}
every_route = pytest.mark.parametrize("route", sorted(ROUTES))


def sample(town, route: str, area: str = THERE, **chosen) -> str:
    """The route with a value for each of its parameters, leading to the area's records."""

    def value(found) -> str:
        name, view = found[1], ROUTES[route].name or ""
        if name in chosen:
            return str(chosen[name])
        if name == "pk" and view in ROWS:
            return str(ROWS[view](town, area).pk)
        if name == "name":
            return NAMES.get(view, lambda: ["portfolio.projects"])()[0]
        assert name in SAMPLES, f"no value for <{name}> of {route}: add one to SAMPLES in tests/house/test_urls.py"
        return str(SAMPLES[name](town, area))

    return _PARAMETER.sub(value, route)


def is_api(address: str) -> bool:
    return address.startswith("/api/")


# Nobody ---------------------------------------------------------------------------------------------------------------


@every_route
def test_nobody_gets_in_without_signing_in(town, client, route):
    address = sample(town, route)
    client.raise_request_exception = False
    for answer in (client.get(address), client.post(address), client.get(address, headers={"HX-Request": "true"})):
        if address in PUBLIC:
            assert answer.status_code not in {401, 500} and "next=" not in answer.headers.get("Location", "")
        elif is_api(address):
            assert (answer.status_code, answer.json()["error"]) == (401, "not_signed_in")
        else:
            assert answer.status_code in {302, 401}
            place = answer.headers.get("Location") or answer.headers.get("HX-Redirect", "")
            assert urlsplit(place).path == reverse("signin")


def test_an_unknown_address_tells_nobody_whether_it_is_there(town, client):
    assert client.get("/api/v1/no/such/thing").status_code == 401
    assert client.get("/no/such/page/").status_code in {302, 404}


def test_the_public_addresses_are_those_of_the_list(town):
    marked = {sample(town, route) for route, pattern in ROUTES.items() if getattr(pattern.callback, "public", False)}
    assert marked == set(PUBLIC)


# A stranger -----------------------------------------------------------------------------------------------------------


@every_route
def test_a_stranger_meets_no_foreign_record_and_no_error(town, enter, route):
    """Somebody who holds a role in one district asks for the records of the other; somebody without any role too."""
    address = sample(town, route)
    leader = enter(town.person("district_leader", HERE))
    for asked in (enter(town.person()).get(address), leader.get(address), leader.get(address, headers={"HX-Request": "true"})):
        assert asked.status_code < 500, address
        told = b"".join(asked.streaming_content) if asked.streaming else asked.content
        assert canary(THERE) not in told.decode(errors="replace").replace(town.published.name, "")


@pytest.mark.parametrize("route", sorted(route for route in ROUTES if "pk>" in route))
def test_a_record_that_is_not_there_is_not_found(town, enter, route):
    browser = enter(town.person("centre_dispatcher", CITY))
    for pk in ("0", "987654321", "99999999999999999999", "a", "%00"):
        assert browser.get(sample(town, route, pk=pk)).status_code in {404, 405}, pk


# A forger -------------------------------------------------------------------------------------------------------------


@every_route
def test_a_page_of_another_site_changes_nothing(town, route):
    """A browser's session alone is not enough: without the token of our own page every unsafe method is refused."""
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(town.person("centre_dispatcher", CITY))
    address = sample(town, route)
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(browser, method)(address, {}, content_type="application/json" if is_api(address) else "text/plain")
        assert answer.status_code == 403, (method, answer.status_code)
        if is_api(address):
            assert answer.json()["error"] == "csrf"


def test_safe_methods_change_nothing(town, enter):
    """A GET that writes would slip past the token; the house's only ones are counters and the record of a reading."""
    from zhuanban.domains.portfolio.models import Project

    browser = enter(town.person("centre_dispatcher", CITY))
    before = list(Project._base_manager.order_by("pk").values())
    for route in ROUTES:
        for verb in sorted(actions.REGISTRY) if "act/" in route else [""]:
            browser.get(sample(town, route, **({"name": verb} if verb else {})))
    assert list(Project._base_manager.order_by("pk").values()) == before


@pytest.mark.parametrize("key", ["x" * 500, "\0", "键" * 40, " "])
@pytest.mark.parametrize("version", ["", "1", "9" * 5000, "-1", "１", "\0"])
def test_what_no_page_of_ours_sends_breaks_nothing(town, enter, key, version):
    project = target(town, actions.REGISTRY["portfolio.revise"].on)
    sent = {"_key": key, "_version": version, "_back": "//elsewhere.example/", "planned_investment": "9000万元"}
    answer = enter(town.dispatcher).post(reverse("kernel:act", args=["portfolio.revise", project.pk]), sent)
    assert answer.status_code in {302, 400, 409, 428}
    assert "elsewhere" not in answer.headers.get("Location", "")


# Headers --------------------------------------------------------------------------------------------------------------


def check_headers(answer) -> None:
    policy = {
        name: values.split()
        for name, _space, values in (part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";"))
    }
    assert policy["default-src"] == ["'none'"] and policy["frame-ancestors"] == ["'none'"] and policy["base-uri"] == ["'none'"]
    words = " ".join(word for values in policy.values() for word in values)
    assert "unsafe-" not in words and "*" not in words and "http" not in words
    assert [word for word in policy["script-src"] if re.fullmatch(r"'nonce-[\w-]{16,}'", word)]
    assert policy["form-action"] == ["'self'"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] in {"same-origin", "no-referrer", "strict-origin"}
    assert "Cross-Origin-Opener-Policy" in answer and "Permissions-Policy" in answer
    assert "no-" in answer["Cache-Control"] or "max-age" in answer["Cache-Control"]


def fail(*_args, **_kwargs):
    raise RuntimeError("a fault of the page")


ANSWERS = {
    "200": lambda browser, monkeypatch: browser.get("/"),
    "302": lambda browser, monkeypatch: Client().get("/"),
    "400": lambda browser, monkeypatch: browser.get("/", headers={"host": "elsewhere.example"}),
    "403": lambda browser, monkeypatch: browser.get(reverse("audit")),
    "404": lambda browser, monkeypatch: browser.get("/no/such/page/"),
    "405": lambda browser, monkeypatch: browser.post(reverse("cockpit:home")),
    "500": lambda browser, monkeypatch: (
        monkeypatch.setattr("zhuanban.kernel.pages.notices.mark_read", fail),
        browser.post(reverse("kernel:read_notices")),
    )[1],
    "503": lambda browser, monkeypatch: (break_storage(monkeypatch), browser.get("/"))[1],
}


@pytest.mark.parametrize("status", ANSWERS)
def test_every_kind_of_answer_carries_the_headers(town, enter, monkeypatch, status):
    answer = ANSWERS[status](enter(town.dispatcher), monkeypatch)
    mend_storage(monkeypatch)
    assert answer.status_code == int(status)
    check_headers(answer)


def test_a_nonce_is_used_once_and_stands_in_its_page(town, enter):
    browser = enter(town.dispatcher)
    pages = [browser.get("/") for _ in range(3)]
    nonces = [re.search(r"'nonce-([^']+)'", page["Content-Security-Policy"])[1] for page in pages]
    assert len(set(nonces)) == 3
    for page, nonce in zip(pages, nonces, strict=True):
        assert read(page.content.decode()).nonces == {nonce}


# When storage fails ---------------------------------------------------------------------------------------------------


def break_storage(monkeypatch) -> None:
    def refuse(self, *_args, **_kwargs):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(CursorWrapper, "execute", refuse)
    monkeypatch.setattr(CursorWrapper, "executemany", refuse)


def mend_storage(monkeypatch) -> None:
    """Nothing was lost: the test's transaction may go on."""
    monkeypatch.undo()
    connection.needs_rollback = False


@pytest.mark.parametrize("route", sorted(route for route in ROUTES if not route.startswith("/favicon")))
def test_a_storage_failure_is_told_in_words(town, enter, monkeypatch, route):
    """Also while the session is read, which is the first thing that any page asks of the database."""
    browser, address = enter(town.dispatcher), sample(town, route)
    break_storage(monkeypatch)
    get, post = browser.get(address), browser.post(address)
    mend_storage(monkeypatch)
    for answer in (get, post):
        if answer.status_code == 405 or (address in {"/signin/", "/enter/no-such-token/"} and answer.status_code in {200, 404}):
            continue
        assert answer.status_code == 503, answer.content[:300]
        if is_api(address):
            assert answer.json()["error"] == "storage_down" and answer.json()["message"]
        elif address != "/healthz":
            assert "请稍后" in answer.content.decode()


def test_a_storage_failure_in_the_middle_of_a_page_is_told_in_words(town, enter, monkeypatch):
    """The session and the person are read, then the disk is full."""
    whole, calls = CursorWrapper.execute, []

    def refuse_later(self, sql, params=None):
        calls.append(sql)
        if len(calls) > 3:
            raise OperationalError("disk I/O error")
        return whole(self, sql, params)

    browser = enter(town.dispatcher)
    for address, told in (("/", "请稍后"), ("/api/v1/portfolio/projects", "storage_down")):
        calls.clear()
        monkeypatch.setattr(CursorWrapper, "execute", refuse_later)
        answer = browser.get(address)
        mend_storage(monkeypatch)
        assert answer.status_code == 503 and told in answer.content.decode()
        assert connection.connection is not None


# What stands in the pages ---------------------------------------------------------------------------------------------


def every_page(town):
    """Every page that can be opened, by the role that can open it."""
    for route, pattern in ROUTES.items():
        if (is_api(route) and route not in {"/api/v1/"}) or "export" in route:
            continue
        if "<str:name>" not in route:
            yield sample(town, route, HERE)
        elif "act/" in route:
            yield from (sample(town, route, name=name, pk=target(town, known.on).pk) for name, known in actions.REGISTRY.items())
        elif "figure" in (pattern.name or ""):
            yield from (sample(town, route, name=name) for name in figures.REGISTRY)
        else:
            yield from (sample(town, route, HERE, name=name) for name in listings.REGISTRY)
    for known in listings.REGISTRY.values():
        yield from (f"{reverse('kernel:listing', args=[known.name])}?as={layout.name}" for layout in known.layouts)


WALKERS = ("centre_dispatcher", "city_leader", "sec_admin", "sys_admin", "audit_admin", "owner")
OWNED = {
    "/me/sessions",
    "/me/absences",
    "/me/keys",
    "/views/",
    "/files/",
    "/enter/",
    "/plans/drafts/",
    "/policies/simulations/",
    "/file.xlsx",
}
"""Addresses of rows that belong to one person, or that the town has none of (a published policy, an approved pay-run); their pages are walked in the tests of their modules."""


def test_no_page_holds_what_the_content_policy_forbids(town, enter):
    """Every page, by the first role that it opens for: no inline style or script, no other host, no id twice, every control labelled."""
    left, wrong = list(every_page(town)), {}
    for role in (*WALKERS, *sorted(set(roles.REGISTRY) - set(WALKERS))):
        browser, closed = enter(town.holder(role, widest=True)), []
        for address in left:
            answer = browser.get(address)
            if answer.status_code not in {200, 301, 302, 405}:
                closed.append(address)
            elif answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                check_headers(answer)
                if complaints := read(answer.content.decode()).complaints:
                    wrong[address] = complaints
        left = closed
    assert wrong == {}
    nobodys = OWNED | {f"/act/{name}/" for name in ROBOT_ONLY}
    assert [address for address in left if not any(part in address for part in nobodys)] == [], "pages that no role opens"


def test_no_page_leads_to_an_address_that_is_not_there(town, enter):
    """Follow the links of the main pages, two of each kind of address, with and without a query."""
    browser = enter(town.person("centre_dispatcher", CITY))
    kinds: dict[tuple, list[str]] = {}
    for address in ("/", "/overview/", reverse("portfolio:projects"), town.projects[HERE][0].get_absolute_url(), "/me/"):
        page = browser.get(address)
        assert page.status_code == 200
        for link in sorted(read(page.content.decode()).links):
            place = urlsplit(link)
            if place.path.startswith("/") and not place.path.startswith("/static/"):
                names = frozenset(part.partition("=")[0] for part in place.query.split("&"))
                kinds.setdefault((resolve(place.path).view_name, names), []).append(place._replace(fragment="").geturl())
    for links in kinds.values():
        for link in dict.fromkeys((links[0], links[-1])):
            assert browser.get(link).status_code in {200, 302}, link


def test_the_api_tells_failures_as_json_everywhere(town, enter):
    browser = enter(town.dispatcher)
    for answer in (
        browser.get("/api/v1/no/such/thing"),
        browser.get("/api/"),
        browser.delete("/api/v1/me"),
        browser.post("/api/v1/portfolio/project/1/advance", "{", content_type="application/json"),
        browser.get("/api/v1/me", headers={"host": "elsewhere.example"}),
    ):
        assert 400 <= answer.status_code < 500
        assert {"error", "message"} <= json.loads(answer.content).keys(), answer.content[:200]
        check_headers(answer)
