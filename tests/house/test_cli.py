"""The operator's commands: what they print, when they refuse, and that the audit finds and locates every kind of tampering."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from django.utils import translation

from zhuanban.domains.people.models import RoleGrant, User
from zhuanban.kernel import access, clock, jobs, timeline
from zhuanban.kernel.models import Checkpoint, Dossier, Event, ScheduleFiring
from zhuanban.site import audit, cli, seeds, server
from zhuanban.site.tables import table, width


@pytest.fixture(autouse=True)
def terminal(monkeypatch):
    """A Chinese terminal; the language and the file mode that a command sets are taken back."""
    mask = os.umask(0o077)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    with translation.override("zh-hans"):
        yield
    os.umask(mask)


@pytest.fixture
def run(capsys):
    """Run a command in this process: its exit code, standard output and standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(list(arguments))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


# -- the audit -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def chain(db) -> Dossier:
    """Two dossiers with five events each, sealed after the third; the second is the one to be tampered with."""
    dossiers = [Dossier.objects.create(kind="test", ref=f"T-{number}", title=f"卷宗{number}") for number in (1, 2)]
    for number in range(5):
        for dossier in dossiers:
            timeline.record(dossier, "test.happen", by=None, step=number)
        if number == 2:
            timeline.seal()
    return dossiers[1]


def located(run) -> list[tuple[str, int, str]]:
    code, out, _err = run("audit", "verify", "--json")
    assert code == 1
    return [(each["ref"], each["event"], each["fault"]) for each in json.loads(out)]


def test_an_untouched_timeline_verifies(run, chain):
    code, out, _err = run("audit", "verify")
    assert code == 0 and "10 条事件" in out and "1 次封存" in out
    assert run("audit", "verify", "--json")[:2] == (0, "[]\n")


def test_one_flipped_byte_is_located(run, chain):
    event = Event.objects.get(dossier=chain, seq=2)
    Event.objects.filter(pk=event.pk).update(data={**event.data, "step": 9})
    assert located(run) == [("T-2", 2, "event was changed")]
    _code, out, _err = run("audit", "verify")
    assert "T-2" in out and "卷宗2" in out and "事件被改动" in out and "1 处" in out


@pytest.mark.parametrize("column", ["verb", "actor", "subject", "at"])
def test_every_column_of_an_event_is_covered_by_its_hash(run, chain, column):
    new = clock.now() if column == "at" else "other"
    Event.objects.filter(dossier=chain, seq=4).update(**{column: new})
    assert located(run) == [("T-2", 4, "event was changed")]


def test_a_removed_row_is_located(run, chain):
    Event.objects.filter(dossier=chain, seq=2).delete()
    assert ("T-2", 2, "event is missing") in located(run)


def test_the_last_row_removed_is_located(run, chain):
    Event.objects.filter(dossier=chain, seq=5).delete()
    assert located(run) == [("T-2", 5, "event is missing")]


def test_an_added_row_is_located(run, chain):
    head = Dossier.objects.get(pk=chain.pk)
    timeline.chain(head, "test.forge", actor="robot", subject="", at=clock.now(), data={}).save(force_insert=True)
    assert located(run) == [("T-2", 6, "event was added after the head")]


def test_a_rewritten_head_is_located(run, chain):
    Dossier.objects.filter(pk=chain.pk).update(head_hash="0" * 64)
    assert located(run) == [("T-2", 5, "head does not match the last event")]


def test_a_chain_cut_back_with_a_matching_head_differs_from_its_seal(run, chain):
    kept = Event.objects.get(dossier=chain, seq=2)
    Event.objects.filter(dossier=chain, seq__gt=2).delete()
    Dossier.objects.filter(pk=chain.pk).update(head_seq=2, head_hash=kept.hash)
    assert located(run) == [("T-2", 3, "chain is shorter than its seal")]


def test_a_chain_forged_anew_differs_from_its_seal(run, chain):
    Event.objects.filter(dossier=chain).delete()
    Dossier.objects.filter(pk=chain.pk).update(head_seq=0, head_hash="")
    for number in range(5):
        timeline.record(Dossier.objects.get(pk=chain.pk), "test.happen", by=None, step=number + 1)
    assert located(run) == [("T-2", 3, "chain differs from its seal")]


def test_a_changed_seal_is_located(run, chain):
    seal = Checkpoint.objects.get()
    heads = {**seal.heads, str(chain.pk): [3, "0" * 64]}
    Checkpoint.objects.update(heads=heads)
    assert ("", seal.pk, "checkpoint was changed") in located(run)


def test_a_dossier_that_vanished_leaves_its_events_behind(run, chain):
    Dossier.objects.filter(pk=chain.pk).delete()
    assert any(fault == "event was added after the head" for _ref, _event, fault in located(run))
    assert "卷宗已不存在" in run("audit", "verify")[1]


def test_every_fault_has_words():
    names = {name for name in timeline.verify_chain.__code__.co_consts if isinstance(name, str)}
    names |= {
        name for function in (timeline.verify, timeline.verify_checkpoints) for name in function.__code__.co_consts if isinstance(name, str)
    }
    faults = {name for name in names if name.startswith(("event ", "all events", "chain ", "checkpoint ", "head "))}
    assert faults == set(audit.WORDS)


def test_a_seal_prints_its_root(run, chain):
    code, out, _err = run("audit", "seal")
    assert code == 0 and out.split()[0] == Checkpoint.objects.latest("pk").root


# -- the first administrators ----------------------------------------------------------------------------------------------

FIRST = ("create-admin", "--office", "市政务数据局", "--system", "sys1", "--security", "sec1", "--security", "sec2", "--audit", "aud1")


def test_the_first_administrators_get_one_time_passwords(run, db):
    seeds.load()
    code, out, _err = run(*FIRST)
    assert code == 0
    passwords = {words[1]: words[2] for words in (line.split() for line in out.splitlines()) if len(words) == 3 and words[1] in FIRST}
    assert len(passwords) == 4 and len(set(passwords.values())) == 4
    for name, password in passwords.items():
        user = User.objects.get(username=name)
        assert user.check_password(password) and user.must_change_password and len(user.roles) == 1
    assert all(grant.approved_by_id != grant.requested_by_id for grant in RoleGrant.objects.all())


def test_there_are_first_administrators_only_once(run, db):
    seeds.load()
    run(*FIRST)
    code, _out, err = run(*[word.replace("1", "3").replace("2", "4") for word in FIRST])
    assert code == 2 and "已有安全管理员" in err and not User.objects.filter(username="sys3").exists()


def test_one_person_cannot_be_two_administrators(run, db):
    seeds.load()
    code, _out, err = run(*[word.replace("aud1", "sys1") for word in FIRST])
    assert code == 2 and "各不相同" in err and not User.objects.filter(username="sec1").exists()


def test_a_username_is_shaped_like_one(run, db):
    seeds.load()
    code, _out, err = run(*[word.replace("aud1", "Aud 1") for word in FIRST])
    assert code == 2 and "Aud 1" in err and not User.objects.filter(username="sys1").exists()


def test_without_areas_the_operator_is_told_to_migrate(run, db):
    code, _out, err = run(*FIRST)
    assert code == 2 and "zhuanban migrate" in err


def test_an_operator_resets_a_security_administrator(run, db):
    seeds.load()
    run(*FIRST)
    User.objects.filter(username="sec1").update(totp_secret="JBSWY3DPEHPK3PXP", must_change_password=False)
    code, out, _err = run("reset-account", "sec1", "--second-factor")
    user = User.objects.get(username="sec1")
    assert code == 0 and user.check_password(out.strip()) and user.must_change_password and not user.totp_secret
    assert Event.objects.filter(dossier=access.ledger("rights"), verb="people.reset_second_factor", actor="robot").exists()
    assert run("reset-account", "nobody")[0] == 2


def test_no_command_takes_a_password():
    def options(parser):
        for action in parser._actions:
            yield from action.option_strings
            for inner in (getattr(action, "choices", None) or {}).values() if isinstance(getattr(action, "choices", None), dict) else ():
                yield from options(inner)

    given = set(options(cli.parser()))
    assert "--port" in given and not any("password" in option for option in given)


# -- refusing to start -------------------------------------------------------------------------------------------------------


def test_a_database_behind_the_code_is_not_served(run, monkeypatch):
    monkeypatch.setattr(cli, "unapplied", lambda: ["kernel.0002_more"])
    for command in ("serve", "worker"):
        code, _out, err = run(command)
        assert code == 2 and "zhuanban migrate" in err


def test_the_embedded_database_has_one_web_process(run, settings):
    settings.EMBEDDED = True
    code, _out, err = run("serve", "--workers", "2")
    assert code == 2 and "one web process" in err


def test_a_taken_port_is_told_with_another(run, monkeypatch):
    monkeypatch.setattr(cli, "unapplied", list)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        code, _out, err = run("serve", "--port", str(port))
    other = int(err.rsplit("--port", 1)[1])
    assert code == 2 and f"Port {port}" in err and server.is_free("127.0.0.1", other)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_a_port_is_a_number_that_a_port_can_have(run, port):
    with pytest.raises(SystemExit) as refused:
        run("serve", f"--port={port}")
    assert refused.value.code == 2


def test_the_demo_stays_out_of_a_production_environment(run, monkeypatch):
    monkeypatch.setenv("ZHUANBAN_MODE", "production")
    code, _out, err = run("demo", "--no-serve")
    assert code == 2 and "production" in err


# -- jobs by the clock ---------------------------------------------------------------------------------------------------------


def test_the_house_sweeps_seals_and_forgets_by_the_clock(run, db):
    assert {"deadlines.sweep", "timeline.seal", "files.orphans", "house.forget"} <= jobs.SCHEDULES.keys()
    code, _out, err = run("worker", "--once")
    assert code == 0 and "schedules fired" in err
    assert ScheduleFiring.objects.filter(name="deadlines.sweep").exists() and Checkpoint.objects.exists()


def test_check_tells_what_is_missing(run, db):
    code, out, _err = run("check", "--json")
    found = {each["name"]: each for each in json.loads(out)}
    assert code == 1 and found["areas"]["serious"] and found["administrators"]["serious"] and not found["worker"]["serious"]


def test_what_a_command_writes_is_its_owners_alone(installation):
    _command, environment = installation
    written = [path for path in Path(environment["ZHUANBAN_DATA"]).rglob("*") if path.is_file()]
    assert written and not any(path.stat().st_mode & 0o077 for path in written)


# -- tables --------------------------------------------------------------------------------------------------------------------


def test_columns_line_up_under_chinese_words():
    lines = table(["项目", "n"], [["厂房", "12"], ["线", "3"]], frozenset({1})).splitlines()
    assert {width(line) for line in lines} == {8}


# -- the process ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """An environment with an embedded database that is up to date and empty, and the command."""
    folder = tmp_path_factory.mktemp("installation")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ZHUANBAN_", "DATABASE_URL", "DJANGO_"))}
    environment = {**kept, "ZHUANBAN_MODE": "demo", "ZHUANBAN_DATA": str(folder), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "zhuanban.site.cli"]
    made = "from zhuanban.site import schema; schema.make_tables()"
    subprocess.run([*command, "shell"], input=made, text=True, env=environment, check=True, capture_output=True)
    return command, environment


def serving(installation) -> tuple[subprocess.Popen, int]:
    command, environment = installation
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen([*command, "serve", "--port", str(port)], env=environment, stderr=subprocess.PIPE)
    assert eventually(lambda: answers(port)), process.stderr
    return process, port


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return answer.read() == b"ok\n"
    except (URLError, OSError):
        return False


def eventually(true, seconds: float = 30) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.1)
    return False


def test_a_server_stops_at_once_when_it_is_told_to(installation):
    process, port = serving(installation)
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0 and time.monotonic() - begun < 10
    assert not answers(port) and server.is_free("127.0.0.1", port)


def test_a_killed_server_leaves_no_process_behind(installation):
    process, port = serving(installation)
    process.kill()
    process.wait()
    assert eventually(lambda: server.is_free("127.0.0.1", port), 15)


def test_a_second_server_does_not_share_the_port_in_silence(installation):
    process, port = serving(installation)
    command, environment = installation
    second = subprocess.run([*command, "serve", "--port", str(port)], env=environment, capture_output=True, text=True, timeout=30)
    process.terminate()
    process.wait(20)
    assert second.returncode == 2 and f"Port {port}" in second.stderr
