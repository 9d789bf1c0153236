"""The settings come from the environment, and an unsafe production start is refused in words that say what to do."""

import os
import runpy
import sys
from importlib.util import find_spec

import pytest
from django.core.exceptions import ImproperlyConfigured

SETTINGS = find_spec("zhuanban.site.settings").origin
KEY = "kE7-pQ2_vN9xT4mB8sW1cZ6yR3jH5gL0dF-aU_oI"
OTHER_KEY = "Zx3-bV6_nM1qW8eR5tY2uI9oP4aS7dF0gH-jK_lC"
SAFE = {
    "ZHUANBAN_MODE": "production",
    "ZHUANBAN_SECRET_KEY": KEY,
    "ZHUANBAN_FIELD_KEY": OTHER_KEY,
    "ZHUANBAN_HOSTS": "zhuanban.example.cn,10.0.0.8",
}


@pytest.fixture
def settings_with(monkeypatch, tmp_path):
    """The settings as a process with exactly this environment reads them; None takes a variable away."""

    def read(**changes: str | None) -> dict:
        for name in [name for name in os.environ if name.startswith("ZHUANBAN_") or name in {"DATABASE_URL", "PYTEST_VERSION"}]:
            monkeypatch.delenv(name)
        for name, value in {"ZHUANBAN_DATA": str(tmp_path), **SAFE, **changes}.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        return runpy.run_path(SETTINGS)

    return read


def test_a_safe_production_start_is_strict_everywhere(settings_with):
    read = settings_with()
    assert read["ALLOWED_HOSTS"] == ["zhuanban.example.cn", "10.0.0.8"]
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SECURE_SSL_REDIRECT", "TOTP_REQUIRED"):
        assert read[name] is True, name
    assert read["SECURE_HSTS_SECONDS"] >= 31536000
    assert read["DEBUG"] is False and read["SECURE_PROXY_SSL_HEADER"] is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ZHUANBAN_SECRET_KEY": None}, "ZHUANBAN_SECRET_KEY is not set"),
        ({"ZHUANBAN_SECRET_KEY": "short"}, "too short"),
        ({"ZHUANBAN_SECRET_KEY": "ab" * 30}, "too regular"),
        ({"ZHUANBAN_FIELD_KEY": None}, "ZHUANBAN_FIELD_KEY is not set"),
        ({"ZHUANBAN_FIELD_KEY": KEY}, "equals"),
        ({"ZHUANBAN_HOSTS": None}, "ZHUANBAN_HOSTS is not set"),
        ({"ZHUANBAN_HOSTS": ","}, "ZHUANBAN_HOSTS is not set"),
        ({"ZHUANBAN_HOSTS": "*"}, "list the hosts"),
        ({"ZHUANBAN_HOSTS": "a.example.cn,*"}, "list the hosts"),
        ({"ZHUANBAN_MODE": "debug"}, "use production, demo or test"),
    ],
)
def test_an_unsafe_production_start_is_refused(settings_with, changes, words):
    with pytest.raises(ImproperlyConfigured, match=words):
        settings_with(**changes)


@pytest.mark.parametrize("mode", [None, ""])
def test_no_mode_means_production(settings_with, monkeypatch, mode):
    """Only where pytest itself is running does a missing mode mean a test."""
    monkeypatch.delitem(sys.modules, "pytest")
    assert settings_with(ZHUANBAN_MODE=mode)["PRODUCTION"] is True


def test_the_demo_keeps_the_keys_it_made_where_only_its_owner_reads_them(settings_with, tmp_path):
    bare = {"ZHUANBAN_MODE": "demo", "ZHUANBAN_SECRET_KEY": None, "ZHUANBAN_FIELD_KEY": None, "ZHUANBAN_HOSTS": None}
    first, second = settings_with(**bare), settings_with(**bare)
    assert first["SECRET_KEY"] == second["SECRET_KEY"] != first["FIELD_KEY"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.key")} == {0o600}
    assert "*" not in first["ALLOWED_HOSTS"] and first["DEBUG"] is False


def test_the_embedded_database_loses_nothing_it_acknowledged(settings_with):
    options = settings_with()["DATABASES"]["default"]["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in options["init_command"] and "foreign_keys=ON" in options["init_command"]


def test_a_database_that_never_answers_does_not_hang_a_worker(settings_with):
    options = settings_with(DATABASE_URL="postgres://city@db.example.cn/zhuanban")["DATABASES"]["default"]["OPTIONS"]
    assert options["connect_timeout"] <= 10 and "statement_timeout" in options["options"] and options["pool"]["timeout"] <= 30


def test_the_tls_header_is_believed_only_behind_a_proxy_that_is_said_to_be_there(settings_with):
    assert settings_with(ZHUANBAN_BEHIND_PROXY="1")["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
