"""Signing in: locks, indistinguishable failures, one-time codes, sessions, links and keys."""

from datetime import timedelta

import pyotp
import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hall import PASSWORD, signed_in

from zhuanban.domains.people import actions, passwords, signin, totp
from zhuanban.domains.people.models import ApiToken, LoginLink, User, UserSession
from zhuanban.kernel import access, clock
from zhuanban.kernel.models import Event

pytestmark = pytest.mark.django_db


def attempt(username, password=PASSWORD, client=None, **more):
    return (client or Client()).post("/signin/", {"username": username, "password": password, **more})


def events(verb):
    return list(Event.objects.filter(dossier=access.ledger("signins"), verb=verb).order_by("seq"))


def words_of(answer):
    """What the page says, without the parts that differ in every answer."""
    return [line for line in answer.content.decode().splitlines() if "csrfmiddlewaretoken" not in line and "value=" not in line]


# Passwords and locks


def test_the_right_password_leads_to_the_page_asked_for(clerk):
    answer = attempt("clerk", next="/me/")
    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    assert events("people.sign_in")[0].actor == "clerk"


@pytest.mark.parametrize("written", ["CLERK", " clerk ", "ｃｌｅｒｋ"])
def test_a_user_name_is_read_as_meant(clerk, written):
    assert attempt(written).status_code == 302


@pytest.fixture
def failing(person):
    """One account for each way in which signing in can fail."""
    person("wrong")
    person("disabled", is_active=False)
    person("locked", failures=5, locked_until=clock.machine_now() + timedelta(minutes=9))
    person("robot", robot=True)
    person("coded", totp_secret=totp.new_secret())
    person("wordless", password=None)
    return {
        "wrong": "Not-right-1",
        "disabled": PASSWORD,
        "locked": PASSWORD,
        "robot": PASSWORD,
        "coded": PASSWORD,
        "wordless": PASSWORD,
        "unknown": PASSWORD,
    }


def test_all_failures_say_the_same(failing):
    said = {name: words_of(attempt(name, password)) for name, password in failing.items()}
    assert all(words == said["wrong"] for words in said.values())
    assert {attempt(name, password).status_code for name, password in failing.items()} == {422}


def test_all_failures_do_the_same_work(failing, monkeypatch):
    """Every attempt hashes once, so that the time it takes tells nothing of the account."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    runs = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, password, salt: runs.append(1) or encode(self, password, salt))
    counts = {}
    for name, password in failing.items():
        runs.clear()
        attempt(name, password)
        counts[name] = len(runs)
    assert set(counts.values()) == {1}, counts


def test_all_failures_ask_the_database_alike(failing):
    attempt("wrong", "Not-right-1")
    counts = {}
    for name, password in failing.items():
        with CaptureQueriesContext(connection) as asked:
            attempt(name, password)
        counts[name] = len(asked)
    assert len(set(counts.values())) == 1, counts


def test_five_failures_lock_the_account_for_half_an_hour(clerk, later):
    for _ in range(5):
        attempt("clerk", "Not-right-1")
    assert attempt("clerk").status_code == 422
    later(minutes=29)
    assert attempt("clerk").status_code == 422
    later(minutes=2)
    assert attempt("clerk").status_code == 302


def test_the_fifth_attempt_may_still_be_right_and_clears_the_count(clerk):
    for _ in range(4):
        attempt("clerk", "Not-right-1")
    assert attempt("clerk").status_code == 302
    clerk.refresh_from_db()
    assert (clerk.failures, clerk.locked_until) == (0, None)


def test_a_burst_of_attempts_gets_no_more_than_the_limit(clerk):
    assert [signin.claim_attempt("clerk") for _ in range(8)] == [True] * 5 + [False] * 3


def test_after_a_lock_the_count_begins_anew(clerk, later):
    for _ in range(5):
        attempt("clerk", "Not-right-1")
    later(minutes=31)
    attempt("clerk", "Not-right-1")
    clerk.refresh_from_db()
    assert clerk.failures == 1 and not clerk.is_locked()


def test_an_origin_that_fails_too_often_has_to_wait(clerk, later):
    for number in range(50):
        attempt(f"nobody-{number}")
    blocked = attempt("clerk")
    assert blocked.status_code == 429 and "分钟后再试" in blocked.content.decode()
    assert Client(REMOTE_ADDR="10.9.8.7").post("/signin/", {"username": "clerk", "password": PASSWORD}).status_code == 302
    later(minutes=16)
    assert attempt("clerk").status_code == 302


def test_a_failure_is_recorded_without_the_name_typed_and_without_the_address(clerk):
    attempt("my-secret-typed-as-name", "Not-right-1")
    attempt("clerk", "Not-right-1")
    unknown, known = events("people.sign_in_failed")
    assert (unknown.subject, known.subject) == ("", f"people.user:{clerk.pk}")
    assert unknown.actor == known.actor == ""
    assert not {"my-secret-typed-as-name", "127.0.0.1", "Not-right-1"} & {
        str(value) for event in (unknown, known) for value in event.data.values()
    }


def test_missing_fields_are_told_at_the_field():
    answer = Client().post("/signin/", {"username": "", "password": ""})
    assert answer.status_code == 422


# Where to go after signing in


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "\t//evil.example",
        "/signout/",
        "evil",
    ],
)
def test_nobody_is_sent_to_another_site(clerk, address):
    assert attempt("clerk", next=address)["Location"] == "/"
    assert signed_in(clerk).get("/signin/", {"next": address})["Location"] == "/"


def test_a_page_asks_to_sign_in_and_is_come_back_to(clerk):
    client = Client()
    answer = client.get("/probe/?a=1&b=2")
    assert answer["Location"] == "/signin/?next=%2Fprobe%2F%3Fa%3D1%26b%3D2"
    page = client.get(answer["Location"])
    assert page.status_code == 200 and 'value="/probe/?a=1&amp;b=2"' in page.content.decode()


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in():
    answer = Client().get("/probe/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/projects/?q=x"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/signin/?next=%2Fprojects%2F%3Fq%3Dx")


def test_only_marked_views_are_open():
    assert Client().get("/probe/open/").content == b"open"
    assert Client().get("/me/").status_code == 302


# Sessions


def test_signing_in_takes_a_new_session_key(clerk):
    client = Client()
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    attempt("clerk", client=client)
    assert client.session.session_key != planted and "planted" not in client.session
    assert not Session.objects.filter(pk=planted).exists()


def test_signing_in_again_as_somebody_else_leaves_nothing_of_the_first(clerk, person):
    person("second")
    client = signed_in(clerk)
    first = client.session.session_key
    attempt("second", client=client)
    assert client.get("/probe/").content.startswith(b"second")
    assert not UserSession.objects.filter(session_key=first).exists() and not Session.objects.filter(pk=first).exists()


def test_signing_out_ends_the_session(clerk):
    client = signed_in(clerk)
    key = client.cookies["sessionid"].value
    assert client.get("/signout/").status_code == 405
    assert client.post("/signout/")["Location"] == "/signin/"
    thief = Client()
    thief.cookies["sessionid"] = key
    assert thief.get("/probe/").status_code == 302
    assert len(events("people.sign_out")) == 1 and not UserSession.objects.exists()


def test_half_an_hour_of_idleness_signs_out(clerk, later):
    client = signed_in(clerk)
    later(minutes=29)
    assert client.get("/probe/").status_code == 200
    later(minutes=29)
    assert client.get("/probe/").status_code == 200
    later(minutes=31)
    assert client.get("/probe/").status_code == 302
    assert not UserSession.objects.exists()


def test_pages_that_ask_by_themselves_keep_nobody_signed_in(clerk, later):
    client = signed_in(clerk)
    for _ in range(2):
        later(minutes=20)
        last = client.get("/probe/background/")
    assert last.status_code == 302


def test_twelve_hours_sign_out_however_busy(clerk, later):
    client = signed_in(clerk)
    for _ in range(35):
        later(minutes=20)
        assert client.get("/probe/").status_code == 200
    later(minutes=21)
    assert client.get("/probe/").status_code == 302


def test_activity_is_written_down_at_most_once_a_minute(clerk, later, django_assert_num_queries):
    client = signed_in(clerk)
    with django_assert_num_queries(2):
        client.get("/probe/")
    later(seconds=61)
    client.get("/probe/")
    row = UserSession.objects.get()
    assert row.seen_at - row.started_at >= timedelta(seconds=60)


def test_a_person_ends_another_browser_at_its_next_request(clerk):
    phone = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/107.0 Mobile MicroMessenger/8.0"
    here, there = signed_in(clerk, HTTP_USER_AGENT="Here"), signed_in(clerk, HTTP_USER_AGENT=phone)
    assert "微信 · Android" in here.get("/me/").content.decode()
    here.post(f"/me/sessions/{UserSession.objects.get(agent=phone).pk}/end/")
    assert there.get("/probe/").status_code == 302 and here.get("/probe/").status_code == 200


def test_nobody_ends_a_strangers_session(clerk, person):
    signed_in(clerk)
    stranger = signed_in(person("stranger"))
    assert stranger.post(f"/me/sessions/{UserSession.objects.get(user=clerk).pk}/end/").status_code == 404


def test_all_other_browsers_are_ended_at_once(clerk):
    here, *others = [signed_in(clerk) for _ in range(3)]
    here.post("/me/sessions/end-others/")
    assert [client.get("/probe/").status_code for client in (here, *others)] == [200, 302, 302]


def test_a_setting_bounds_how_many_browsers_an_account_has(clerk, monkeypatch):
    from zhuanban.domains.people import sessions

    monkeypatch.setattr(sessions, "limit", lambda name: 1)
    first, second = signed_in(clerk), signed_in(clerk)
    assert (first.get("/probe/").status_code, second.get("/probe/").status_code) == (302, 200)


def test_a_closed_account_is_out_at_once(clerk):
    client = signed_in(clerk)
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    assert client.get("/probe/").status_code == 302


def test_a_page_speaks_the_persons_language(person):
    client = signed_in(person("foreign", language="en"))
    assert client.get("/probe/", headers={"Accept-Language": "zh-CN"}).content == b"foreign en"
    client.post("/me/language/", {"language": "zh-hans", "next": "/probe/"})
    assert client.get("/probe/").content == b"foreign zh-hans"
    assert client.post("/me/language/", {"language": "xx"}).status_code == 422


def test_the_last_visit_is_the_one_before_this(clerk, later):
    signed_in(clerk)
    clerk.refresh_from_db()
    first = clerk.this_visit_at
    later(days=2)
    signed_in(clerk)
    clerk.refresh_from_db()
    assert clerk.last_visit_at == first and clerk.this_visit_at > first


# The second factor


@pytest.fixture
def coded(person):
    return person("coded", totp_secret=totp.new_secret())


def code_for(user, steps=0):
    return pyotp.TOTP(user.totp_secret).at(clock.machine_now() + timedelta(seconds=30 * steps))


def test_a_second_factor_is_asked_for_once_it_is_set_up(coded):
    assert attempt("coded").status_code == 422
    assert attempt("coded", otp="000000").status_code == 422
    assert attempt("coded", otp=code_for(coded)).status_code == 302


def test_a_code_is_good_once(coded):
    code = code_for(coded)
    assert attempt("coded", otp=code).status_code == 302
    assert attempt("coded", otp=code).status_code == 422


def test_a_code_older_than_one_used_is_refused(coded):
    assert attempt("coded", otp=code_for(coded)).status_code == 302
    assert attempt("coded", otp=code_for(coded, -1)).status_code == 422
    assert attempt("coded", otp=code_for(coded, 1)).status_code == 302


def test_a_code_of_two_steps_ago_is_too_old(coded):
    assert attempt("coded", otp=code_for(coded, -2)).status_code == 422


def test_a_wrong_password_does_not_use_a_code_up(coded):
    code = code_for(coded)
    attempt("coded", "Not-right-1", otp=code)
    assert attempt("coded", otp=code).status_code == 302


def test_wrong_codes_lock_the_account_too(coded):
    for _ in range(5):
        attempt("coded", otp="000000")
    assert attempt("coded", otp=code_for(coded)).status_code == 422


def test_where_it_is_required_nothing_opens_before_it_is_set_up(clerk, settings):
    settings.TOTP_REQUIRED = True
    client = signed_in(clerk)
    assert client.get("/probe/")["Location"] == "/me/second-factor/"
    page = client.get("/me/second-factor/").content.decode()
    assert "<svg" in page and "style=" not in page[page.index("<svg") :][:4000]
    code = pyotp.TOTP(client.session["new_totp_secret"]).at(clock.machine_now())
    assert client.post("/me/second-factor/", {"code": "000000"}).status_code == 422
    assert client.post("/me/second-factor/", {"code": f"{code[:3]} {code[3:]}"})["Location"] == "/me/"
    assert client.get("/probe/").status_code == 200
    assert attempt("clerk", otp=code).status_code == 422, "the code of the set-up is used up"


def test_firms_do_not_need_it_where_staff_do(person, settings):
    settings.TOTP_REQUIRED = True
    assert signed_in(person("firm", staff=False)).get("/probe/").status_code == 200


def test_it_is_given_up_by_a_code_where_it_may_be(coded, settings):
    client = Client()
    attempt("coded", client=client, otp=code_for(coded))
    assert client.post("/me/second-factor/", {"code": code_for(coded, 1)}).status_code == 302
    assert not User.objects.get(pk=coded.pk).totp_secret


def test_it_is_not_given_up_where_it_is_required(coded, settings):
    settings.TOTP_REQUIRED = True
    client = Client()
    attempt("coded", client=client, otp=code_for(coded))
    assert client.post("/me/second-factor/", {"code": code_for(coded, 1)}).status_code == 409


def test_the_secret_is_encrypted_in_the_database(coded):
    with connection.cursor() as cursor:
        cursor.execute("select totp_secret from people_user where username = 'coded'")
        assert coded.totp_secret not in cursor.fetchone()[0]


# Passwords


def new_password(client, password="Another-Way-9", present=PASSWORD):
    return client.post("/me/password/", {"present": present, "password": password, "again": password})


def test_a_one_time_password_must_be_changed_first(person):
    client = signed_in(person("fresh", must_change_password=True))
    assert client.get("/probe/")["Location"] == "/me/password/"
    assert client.get("/probe/", headers={"HX-Request": "true"})["HX-Redirect"] == "/me/password/"
    assert client.get("/api/probe/").status_code == 403
    assert client.get("/me/password/").status_code == 200
    assert new_password(client)["Location"] == "/me/"
    assert client.get("/probe/").status_code == 200


def test_a_password_lasts_ninety_days(clerk, later):
    later(days=89)
    assert signed_in(clerk).get("/probe/").status_code == 200
    later(days=2)
    assert signed_in(clerk).get("/probe/")["Location"] == "/me/password/"


def test_changing_the_password_signs_other_browsers_out_and_keeps_this_one(clerk):
    here, there = signed_in(clerk), signed_in(clerk)
    assert new_password(here).status_code == 302
    assert (here.get("/probe/").status_code, there.get("/probe/").status_code) == (200, 302)
    assert UserSession.objects.get().session_key == here.session.session_key


@pytest.mark.parametrize(("password", "why"), [("Short-1", "8"), ("onlyletters-only", "三种"), ("Password123", ""), ("Clerk-12", "")])
def test_weak_passwords_are_refused(clerk, password, why):
    answer = new_password(signed_in(clerk), password)
    assert answer.status_code == 422 and why in answer.content.decode()


def test_the_last_five_passwords_are_not_used_again(clerk):
    used = [PASSWORD, *(f"Another-Way-{number}" for number in range(5))]
    for password in used[1:]:
        clerk.refresh_from_db()
        passwords.change(clerk, password)
    answers = {password: _refused(clerk, password) for password in used}
    assert answers == {used[0]: False, **dict.fromkeys(used[1:], True)}


def _refused(user, password):
    try:
        passwords.NotRecent().validate(password, user)
    except passwords.ValidationError:
        return True
    return False


def test_the_present_password_is_asked_for(clerk):
    client = signed_in(clerk)
    assert new_password(client, present="Not-right-1").status_code == 422
    assert client.post("/me/password/", {"present": PASSWORD, "password": "Another-Way-9", "again": "Another-Way-8"}).status_code == 422


def test_one_time_passwords_pass_the_rules_and_differ(clerk):
    from django.contrib.auth.password_validation import validate_password

    made = {passwords.one_time() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        validate_password(password, clerk)


# Links of the demo


def test_a_demo_link_signs_in_once(clerk, demo):
    token = signin.make_login_link(clerk)
    client = Client()
    assert client.head(f"/enter/{token}/").status_code == 405
    assert client.get(f"/enter/{token}/")["Location"] == "/"
    assert client.get("/probe/").status_code == 200
    assert Client().get(f"/enter/{token}/").status_code == 410
    assert token not in str(LoginLink.objects.values_list("token_hash", flat=True))


def test_a_demo_link_is_good_for_a_day(clerk, demo):
    token = signin.make_login_link(clerk)
    LoginLink.objects.update(expires_at=clock.machine_now() - timedelta(seconds=1))
    assert Client().get(f"/enter/{token}/").status_code == 410


def test_outside_the_demo_there_are_no_links(clerk):
    token = signin.make_login_link(clerk)
    assert Client().get(f"/enter/{token}/").status_code == 404
    assert LoginLink.objects.get().used_at is None


def test_moving_the_demos_day_signs_nobody_out(clerk, demo):
    client = signed_in(clerk)
    clock.set_shift(timedelta(days=100))
    assert client.get("/probe/").status_code == 200


# Keys of machines


@pytest.fixture
def key(clerk):
    return actions.create_token(clerk, name="报表程序", days=30)


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def test_the_api_answers_strangers_in_json():
    answer = Client().get("/api/probe/")
    assert (answer.status_code, answer.json()["error"]) == (401, "not_signed_in")


def test_a_key_acts_for_its_person_and_needs_no_csrf(key):
    client = Client(enforce_csrf_checks=True)
    assert client.post("/api/probe/", headers=bearer(key)).json() == {"user": "clerk"}
    assert ApiToken.objects.get().last_used_at is not None


def test_a_browser_needs_csrf_in_the_api_too(clerk):
    client = signed_in(clerk, enforce_csrf_checks=False)
    client.handler.enforce_csrf_checks = True
    assert client.get("/api/probe/").status_code == 200
    assert client.post("/api/probe/").status_code == 403
    token = client.get("/me/").context["csrf_token"]
    assert client.post("/api/probe/", headers={"X-CSRFToken": str(token)}).status_code == 200


def test_a_key_opens_no_page(key):
    assert Client().get("/probe/", headers=bearer(key)).status_code == 302


def test_a_wrong_key_is_not_helped_by_a_session(clerk, key):
    assert signed_in(clerk).get("/api/probe/", headers=bearer("zb_wrong")).status_code == 401


@pytest.mark.parametrize("spoil", ["revoked", "expired", "closed"])
def test_a_spent_key_opens_nothing(clerk, key, spoil, later):
    if spoil == "revoked":
        actions.revoke_token(ApiToken.objects.get(), by=clerk)
    elif spoil == "expired":
        later(days=31)
    else:
        User.objects.update(is_active=False)
    assert Client().get("/api/probe/", headers=bearer(key)).status_code == 401


def test_a_key_is_shown_once(clerk):
    client = signed_in(clerk)
    page = client.post("/me/keys/", {"name": "报表程序", "days": 90}).content.decode()
    shown = page[page.index("zb_") :].split("<")[0]
    assert Client().get("/api/probe/", headers=bearer(shown)).status_code == 200
    assert "zb_" not in client.get("/me/").content.decode()
    client.post(f"/me/keys/{ApiToken.objects.get().pk}/revoke/")
    assert Client().get("/api/probe/", headers=bearer(shown)).status_code == 401


def test_nobody_revokes_a_strangers_key(key, person):
    assert signed_in(person("stranger")).post(f"/me/keys/{ApiToken.objects.get().pk}/revoke/").status_code == 404
