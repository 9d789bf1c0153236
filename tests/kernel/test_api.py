"""The REST API: the same verbs, listings, figures and rights as the pages, for machines."""

import base64
import hashlib
import json
from datetime import timedelta

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client

from zhuanban.domains.people.models import ApiToken
from zhuanban.domains.portfolio import pages  # noqa: F401 - registers the listing
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import actions, api, clock, figures, listings
from zhuanban.kernel.models import Event
from zhuanban.kernel.timeline import canonical, link

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
METHODS = {"get", "post"}


@pytest.fixture
def city(dispatcher):
    """A dispatcher's machine."""
    return machine(dispatcher)


def machine(user) -> Client:
    """A client that calls with the person's key."""
    secret = f"key-of-{user.username}"
    digest = hashlib.sha256(secret.encode()).hexdigest()
    ApiToken.objects.get_or_create(user=user, name="测试", token_hash=digest, expires_at=clock.machine_now() + timedelta(days=1))
    return Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)


def post(client: Client, address: str, body=None, *, version=None, **headers):
    if version is not None:
        headers["If-Match"] = f'"{version}"'
    data = body if isinstance(body, bytes) else json.dumps(body or {})
    return client.post(f"{V1}{address}", data, content_type="application/json", headers=headers)


def revise(client: Client, project, body, **more):
    return post(client, f"/portfolio/project/{project.pk}/revise", body, **({"version": project.version} | more))


def problem(response, status: int, error: str) -> dict:
    told = response.json()
    assert (response.status_code, told["error"]) == (status, error), told
    assert told["message"]
    return told


# The document and the guard of every operation ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def told() -> dict:
    return orjson.loads(orjson.dumps(api.document(api.build()), option=orjson.OPT_NON_STR_KEYS))


def test_every_verb_and_listing_stands_in_the_document(told):
    for verb in actions.REGISTRY.values():
        operation = told["paths"][f"{V1}/{verb.module}/{verb.noun}/{{pk}}/{verb.verb}"]["post"]
        media = operation.get("requestBody", {}).get("content", {})
        fields = {name for content in media.values() for name in content["schema"]["properties"]}
        assert fields == set(verb.form.base_fields if verb.form else ()), verb.name
    for listing in listings.REGISTRY.values():
        operation = told["paths"][f"{V1}/{listing.module}/{listing.noun}"]["get"]
        assert {each.name for each in listing.filters} <= {each["name"] for each in operation["parameters"]}
        assert "get" in told["paths"][f"{V1}/{listing.module}/{listing.noun}/{{pk}}"]
        named = "".join(part.title() for part in (listing.module, *listing.noun.split("_")))
        row = told["components"]["schemas"][f"{named}Row"]
        assert {column.name for column in listing.columns} < set(row["properties"])


def test_the_document_is_sound(told):
    assert told["openapi"].startswith("3.1")
    ids, places = [], []
    for address, methods in told["paths"].items():
        assert set(methods) <= METHODS
        for operation in methods.values():
            ids.append(operation["operationId"])
            named = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert named == {part.strip("{}") for part in address.split("/") if part.startswith("{")}
            assert {"200", "401", "403", "404"} <= set(operation["responses"]) and operation["summary"]
            assert len({(each["in"], each["name"]) for each in operation["parameters"]}) == len(operation["parameters"])
    assert len(ids) == len(set(ids))
    for part in _references(told):
        node = told
        for step in part.removeprefix("#/").split("/"):
            node = node[step]
        places.append(node)
    assert places


def test_the_document_passes_the_official_validator(told):
    pytest.importorskip("openapi_spec_validator").validate(told)


def _references(node) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for each in node.values() for found in _references(each)]
    return [found for each in node for found in _references(each)] if isinstance(node, list) else []


def addresses(told: dict) -> list[tuple[str, str]]:
    fill = {"{pk}": "999999", "{name}": "nothing"}
    found = []
    for address, methods in told["paths"].items():
        for mark, value in fill.items():
            address = address.replace(mark, value)
        found += [(method, address) for method in methods]
    return found


def test_nobody_gets_anything_without_signing_in(told, seeds):
    for method, address in [*addresses(told), ("get", f"{V1}/"), ("get", f"{V1}/openapi.json"), ("get", "/api/nowhere")]:
        response = getattr(Client(), method)(address)
        assert response.status_code == 401, address
        assert response.json()["error"] == "not_signed_in"


def test_a_stranger_meets_404_at_every_foreign_record(told, project, person, organisation):
    mine = project("外人看不见的项目")
    stranger = machine(person("owner", organisation=organisation()))
    for verb in actions.REGISTRY.values():
        if verb.on is Project:
            address = f"/portfolio/project/{mine.pk}/{verb.verb}"
            problem(post(stranger, address, {"nonsense": 1}, version=1), 404, "not_found")
            problem(post(stranger, address, {}, version=1), 404, "not_found")
    problem(stranger.get(f"{V1}/portfolio/projects/{mine.pk}"), 404, "not_found")
    problem(stranger.get(f"{V1}/dossiers/{mine.pk}/events"), 404, "not_found")
    assert stranger.get(f"{V1}/portfolio/projects").json() == {"rows": [], "next": ""}


# Verbs --------------------------------------------------------------------------------------------------------------


def test_a_verb_is_done_and_answers_with_the_new_version(city, project):
    mine = project("合成甲项目")
    response = revise(city, mine, {"planned_investment": "3.5亿元", "start_planned": "2023年6月", "jobs_planned": 120})
    assert response.json() == {"id": mine.pk, "ref": mine.ref, "version": 2, "url": mine.get_absolute_url()}
    assert response["ETag"] == '"2"'
    row = city.get(f"{V1}/portfolio/projects/{mine.pk}").json()
    assert (row["planned_investment"], row["start_planned"], row["version"]) == ("350000000.00", "2023-06", 2)


def test_null_empties_a_field_and_leaving_it_out_does_not(city, project):
    mine = project("合成甲项目", planned_investment=1_000_000)
    assert revise(city, mine, {"site": "东风大街"}).status_code == 200
    mine.refresh_from_db()
    assert (mine.planned_investment, mine.site) == (1_000_000, "东风大街")
    assert revise(city, mine, {"planned_investment": None}).status_code == 200
    mine.refresh_from_db()
    assert (mine.planned_investment, mine.site) == (None, "东风大街")


def test_creating_needs_no_version_and_answers_with_the_child(city, areas):
    made = post(city, "/portfolio/area/220106/register", {"name": "新登记的项目"}).json()
    assert Project.objects.get(pk=made["id"]).ref == made["ref"]
    assert made["url"].endswith(f"/{made['id']}/")


def test_a_blind_write_is_refused(city, project):
    problem(revise(city, project(), {"site": "甲"}, version=None), 428, "version_missing")


def test_a_stale_version_is_refused_with_the_present_one(city, project):
    mine = project()
    assert revise(city, mine, {"site": "甲"}).status_code == 200
    assert problem(revise(city, mine, {"site": "乙"}), 409, "stale")["version"] == 2


@pytest.mark.parametrize("mark", ["*", "abc", '"1", "2"', "-1"])
def test_a_version_that_is_none_is_told(city, project, mark):
    told = problem(post(city, f"/portfolio/project/{project().pk}/revise", {"site": "甲"}, **{"If-Match": mark}), 422, "bad_input")
    assert "If-Match" in told["fields"]


def test_a_repeat_under_one_key_is_done_once(city, project):
    mine = project()
    first = revise(city, mine, {"site": "甲"}, **{"Idempotency-Key": "k1"}).json()
    again = revise(city, mine, {"site": "甲"}, **{"Idempotency-Key": "k1"}).json()
    assert again == first | {"repeated": True}
    assert Event.objects.filter(dossier=mine.pk, verb="portfolio.revise").count() == 1
    problem(revise(city, mine, {"site": "乙"}, **{"Idempotency-Key": "k1"}), 409, "key_reused")
    problem(revise(city, mine, {"site": "乙"}, **{"Idempotency-Key": "k" * 81}), 422, "bad_input")


def test_a_verb_at_the_wrong_time_tells_the_reason(city, project):
    mine = project(stage="under_construction")
    told = problem(post(city, f"/portfolio/project/{mine.pk}/resume", {}, version=mine.version), 409, "refused")
    assert len(told["message"]) > 4


def test_who_sees_but_may_not_act_meets_403_before_any_word_on_the_body(project, person):
    mine = project()
    inspector = machine(person("inspector", area="220100"))
    problem(revise(inspector, mine, {"nonsense": 1}), 403, "not_allowed")


def test_all_wrong_values_are_told_together_in_the_forms_words(city, project):
    told = problem(
        revise(city, project(), {"planned_investment": "三五亿", "start_planned": "2023-02-30", "sector": "moon"}), 422, "bad_input"
    )
    assert set(told["fields"]) == {"planned_investment", "start_planned", "sector"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"sitee": "甲"}, "sitee"),
        ({"site": 5}, "site"),
        ({"site": {"a": 1}}, "site"),
        ({"site": ["甲"]}, "site"),
        ({"jobs_planned": "5"}, "jobs_planned"),
        ({"jobs_planned": True}, "jobs_planned"),
        ({"jobs_planned": 2**40}, "jobs_planned"),
        ({"jobs_planned": 1e30}, "jobs_planned"),
        ({"industry": 10**40}, "industry"),
        ({"industry": "x" * 61}, "industry"),
        ({"name": None}, "name"),
        ({"land_area_m2": 1e300}, "land_area_m2"),
        ({"land_area_m2": "NaN"}, "land_area_m2"),
        ({"name": "坏\x00名"}, "name"),
        ({"name": "坏\ufffe名"}, "name"),
        ({"name": "长" * 121}, "name"),
        ({"_version": "1"}, "_version"),
        ({"csrfmiddlewaretoken": "x"}, "csrfmiddlewaretoken"),
    ],
)
def test_wrong_fields_are_named(city, project, body, field):
    told = problem(revise(city, project(), body), 422, "bad_input")
    assert set(told["fields"]) == {field}


@pytest.mark.parametrize(
    "body",
    [b"{", b'{"name": "\xff"}', b'{"name": "\\ud800"}', b"[" * 200_000, b'{"a":' * 100_000, b"[]", b'"text"', b"null", b'{"name": NaN}'],
    ids=["cut", "not-utf8", "lone-surrogate", "deep-list", "deep-object", "list", "text", "null", "nan"],
)
def test_a_body_that_cannot_be_read_is_told_so(city, project, body):
    problem(revise(city, project(), body), 400, "unreadable")


def test_too_large_a_body_is_refused(city, project):
    problem(revise(city, project(), b'{"name": "' + b"x" * 4_000_000 + b'"}'), 413, "too_large")
    told = problem(revise(city, project(), {f"x{n}": 1 for n in range(20_000)}), 422, "bad_input")
    assert len(told["fields"]) <= 20


def test_too_large_an_upload_is_refused(city, project, settings):
    settings.UPLOAD_MAX_BYTES = 1000
    paper = SimpleUploadedFile("permit.pdf", b"%PDF-1.4" + b"x" * 1_200_000)
    problem(
        city.post(f"{V1}/portfolio/project/{project().pk}/add_proof", {"kind": "land", "file": paper}, headers={"If-Match": "1"}),
        413,
        "too_large",
    )


def test_other_content_types_are_refused(city, project):
    address = f"{V1}/portfolio/project/{project().pk}/revise"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        problem(city.post(address, b"name=x", content_type=kind, headers={"If-Match": "1"}), 415, "wrong_content_type")
    problem(city.post(address, {"name": "x"}, headers={"If-Match": "1"}), 415, "wrong_content_type")


def test_a_file_comes_as_multipart(city, project, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    mine = project()
    address = f"{V1}/portfolio/project/{mine.pk}/add_proof"
    paper = SimpleUploadedFile("permit.pdf", b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    done = city.post(address, {"kind": "planning", "file": paper}, headers={"If-Match": "1"})
    assert done.status_code == 200, done.json()
    assert mine.proofs.get().file.content_type == "application/pdf"
    done = post(city, f"/portfolio/project/{mine.pk}/add_proof", {"kind": "land", "number": "长地字 1 号"}, version=done.json()["version"])
    assert done.status_code == 200, done.json()
    strange = {"kind": "land", "number": "1", "other": SimpleUploadedFile("a.pdf", b"%PDF-1.4")}
    assert set(problem(city.post(address, strange, headers={"If-Match": "1"}), 422, "bad_input")["fields"]) == {"other"}
    problem(city.post(address, {"kind": "land", "number": "a\x00"}, headers={"If-Match": "1"}), 422, "bad_input")
    broken = city.post(address, b"--x\r\nbroken", content_type="multipart/form-data", headers={"If-Match": "1"})
    problem(broken, 400, "unreadable")


@pytest.mark.parametrize("pk", ["0", "999999", "abc", "-1", "1.5", "9" * 30, "%00", "１"])
def test_ids_that_are_none_meet_404(city, seeds, pk):
    problem(post(city, f"/portfolio/project/{pk}/revise", {"site": "甲"}, version=1), 404, "not_found")
    problem(city.get(f"{V1}/portfolio/projects/{pk}"), 404, "not_found")
    problem(city.get(f"{V1}/dossiers/{pk}/events"), 404, "not_found")


# Sessions and keys --------------------------------------------------------------------------------------------------


def test_a_browsers_session_must_prove_where_the_call_comes_from(project, dispatcher):
    mine = project()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(dispatcher)
    problem(revise(browser, mine, {"site": "甲"}), 403, "csrf")
    browser.cookies["csrftoken"] = "a" * 32
    assert revise(browser, mine, {"site": "甲"}, **{"X-CSRFToken": "a" * 32}).status_code == 200
    assert browser.get(f"{V1}/me").status_code == 200


def test_a_key_needs_no_csrf_token_and_lends_nothing_to_a_session(project, dispatcher):
    mine = project()
    machine(dispatcher)
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer key-of-{dispatcher.username}"})
    assert revise(client, mine, {"site": "甲"}).status_code == 200
    browser = Client(enforce_csrf_checks=True, headers={"Authorization": "Bearer wrong"})
    browser.force_login(dispatcher)
    problem(revise(browser, mine, {"site": "乙"}, version=2), 401, "not_signed_in")


def test_unknown_addresses_and_wrong_methods_answer_json(city, seeds):
    problem(city.get("/api/v1/nothing/here"), 404, "not_found")
    problem(city.get("/api/v2/me"), 404, "not_found")
    problem(city.post("/api/v1/nothing", b"x", content_type="text/plain"), 404, "not_found")
    for address in ("me", "portfolio/projects", "openapi.json", ""):
        problem(city.delete(f"{V1}/{address}"), 405, "wrong_method")
    response = city.get(f"{V1}/portfolio/project/1/revise")
    problem(response, 405, "wrong_method")
    assert response["Allow"] == "POST"


def test_a_storage_failure_answers_503(city, project, monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("database or disk is full")

    mine = project()
    monkeypatch.setattr(actions, "submit", fail)
    problem(revise(city, mine, {"site": "甲"}), 503, "storage_down")


# Listings -----------------------------------------------------------------------------------------------------------


def test_a_listing_is_read_to_its_end_by_pages(city, project):
    made = {project(f"第{n}个", planned_investment=n * 1_000_000).pk for n in range(1, 8)}
    seen, after = [], ""
    while True:
        page = city.get(
            f"{V1}/portfolio/projects", {"limit": 3, "order": "-planned_investment", "count": 1} | ({"after": after} if after else {})
        ).json()
        assert page["count"] == 7
        seen += [row["id"] for row in page["rows"]]
        after = page["next"]
        if not after:
            break
    assert len(seen) == 7 and set(seen) == made
    page = city.get(f"{V1}/portfolio/projects?limit=1&order=-planned_investment").json()
    assert page["rows"][0]["planned_investment"] == "7000000.00" and "count" not in page


def test_cells_are_raw(city, project):
    project("未知多多")
    (row,) = city.get(f"{V1}/portfolio/projects").json()["rows"]
    assert row["stage"] == "lead"
    assert row["planned_investment"] is row["start_planned"] is row["sector"] is row["project_code"] is None


def test_filters_chips_and_search_are_those_of_the_page(city, project):
    project("甲在建", stage="under_construction")
    project("乙洽谈", stage="negotiating", area="220104")

    def names(**params):
        return {row["name"] for row in city.get(f"{V1}/portfolio/projects", params).json()["rows"]}

    assert names(stage="under_construction") == names(chip="under_way") == names(q="jzj") == {"甲在建"}
    assert names(area="220104") == {"乙洽谈"}
    assert names(stage="negotiating,under_construction") == {"甲在建", "乙洽谈"}


def cursor(place) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 422), ("limit=201", 422), ("limit=x", 422), ("count=2", 422), ("stagee=lead", 422), ("before=x", 422), ("as=map", 422),
        ("q=%00", 400), ("q=%EF%BF%BE", 422), ("least=much", 422), ("start=12", 422), ("tag=x", 422), ("tag=99999999999999999999999", 422),
        ("list=city-x", 422), ("industry=x", 422), ("after=x", 400), ("order=secret", 400), ("order=-", 400), ("chip=none", 400),
        *((f"after={cursor(place)}", 400) for place in ("x", None, 5, ["abc", 1], [None, 1], [1, 10**20], [10**20, 1], [[1], 1], [1, "x"], [1], [1, 1, 1])),
    ],
)  # fmt: skip
def test_nonsense_in_the_query_is_told(city, project, query, status):
    project(planned_investment=5)
    response = city.get(f"{V1}/portfolio/projects?{query}")
    assert response.status_code == status, response.content
    assert response.json()["message"]


def test_a_listing_costs_the_same_queries_for_any_rows(city, project, django_assert_max_num_queries, django_assert_num_queries):
    for _ in range(3):
        project()
    city.get(f"{V1}/me")  # notes the key's use, once a minute
    with django_assert_max_num_queries(12) as few:
        city.get(f"{V1}/portfolio/projects")
    for _ in range(5):
        project()
    with django_assert_num_queries(len(few)):
        assert len(city.get(f"{V1}/portfolio/projects").json()["rows"]) == 8


def test_every_listing_answers_every_role_by_its_guard(person, told):
    for user in (person("sec_admin", area="220100"), person("audit_admin", area="220100"), person("city_leader", area="220100")):
        client = machine(user)
        for listing in listings.REGISTRY.values():
            response = client.get(f"{V1}/{listing.module}/{listing.noun}", {"limit": 200})
            hidden = bool(listing.guard and listing.guard not in user.verbs)
            assert response.status_code == (404 if hidden else 200), (listing.name, response.content)
            for row in [] if hidden else response.json()["rows"]:
                assert client.get(f"{V1}/{listing.module}/{listing.noun}/{row['id']}").json() == row


# Figures, events, the caller ----------------------------------------------------------------------------------------


def test_every_figure_is_read_with_its_evidence(city, project):
    project("甲", stage="under_construction", planned_investment=1_000_000)
    listed = city.get(f"{V1}/figures").json()["rows"]
    assert {each["name"] for each in listed} == set(figures.REGISTRY)
    for each in listed:
        found = city.get(f"{V1}/figures/{each['name']}").json()
        assert found["definition"] and found["printed"], found
        assert len(found["evidence_ids"]) == min(found["evidence"], 200)
    problem(city.get(f"{V1}/figures/none"), 404, "not_found")
    problem(city.get(f"{V1}/figures/{listed[0]['name']}?year=22"), 422, "bad_input")


def test_the_timeline_is_read_in_order_and_its_chain_can_be_checked(city, project):
    mine = project()
    for version, site in enumerate("甲乙丙", start=1):
        assert revise(city, mine, {"site": site}, version=version).status_code == 200
    first = city.get(f"{V1}/dossiers/{mine.pk}/events?limit=3").json()
    rest = city.get(f"{V1}/dossiers/{mine.pk}/events?limit=3&after={first['next']}").json()
    rows = first["rows"] + rest["rows"]
    assert [row["seq"] for row in rows] == [1, 2, 3, 4] and rest["next"] is None
    assert [row["verb"] for row in rows] == ["portfolio.register", *["portfolio.revise"] * 3]
    previous = ""
    for row in rows:
        stored = Event.objects.get(dossier=mine.pk, seq=row["seq"])
        assert row["hash"] == link(
            previous, canonical(mine.pk, row["seq"], row["verb"], stored.at, row["actor"], row["subject"], row["data"])
        )
        previous = row["hash"]


def test_the_caller_learns_what_the_roles_allow(city, dispatcher):
    told = city.get(f"{V1}/me").json()
    assert told["roles"] == [{"role": "centre_dispatcher", "label": "项目中心调度员", "scope": "area:220100"}]
    assert "portfolio.advance" in told["verbs"] and told["username"] == dispatcher.username


def test_the_document_and_its_page_are_served(city):
    told = city.get(f"{V1}/openapi.json").json()
    assert told["paths"].keys() == api.document_in("en")["paths"].keys()
    assert told["paths"][f"{V1}/portfolio/project/{{pk}}/revise"]["post"]["summary"] == "修改信息"
    page = city.get(f"{V1}/")
    assert page.status_code == 200 and f"{V1}/portfolio/project/{{pk}}/revise" in page.content.decode()
    assert "https://" not in page.content.decode()


def test_reading_page_after_page_is_on_record(project, dispatcher, sign_in):
    from zhuanban.kernel.models import Event

    for _ in range(3):
        project()
    client = sign_in(dispatcher)
    client.get("/api/v1/portfolio/projects?limit=2")
    assert not Event.objects.filter(verb="kernel.export").exists(), "a first page is what a screen shows"
    after = client.get("/api/v1/portfolio/projects?limit=2").json()["next"]
    client.get(f"/api/v1/portfolio/projects?limit=2&after={after}")
    assert Event.objects.get(verb="kernel.export").data["kind"] == "api"
