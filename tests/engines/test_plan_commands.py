"""`zhuanban plans`: a file's dates computed again and compared, and a forecast of it, without settings or database."""

import json
import os
import subprocess
import sys
from datetime import datetime

import pytest
from plan_texts import link, mspdi, task, xer

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import Activity, Kind, Link
from zhuanban.engines.schedules.readers import PlanFileError
from zhuanban.site import cli, mpp, plan_files

FIELDS = ["early_start", "early_finish", "late_start", "late_finish", "total_float", "free_float"]
DATA_DATE = datetime(2023, 2, 10, 8)
CALENDARS = {"11": ShiftCalendar.weekly("办公")}
ACTIVITIES = [
    Activity("DIG", 960, "11", name="土方"),
    Activity("POUR", 480, "11", name="基础"),
    Activity("FENCE", 480, "11", name="围挡"),
    Activity("DONE", 0, "11", name="暖封闭", kind=Kind.FINISH_MILESTONE, flagged=True),
]
LINKS = [Link("DIG", "POUR"), Link("POUR", "DONE"), Link("FENCE", "DONE")]
STORED = {
    "DIG": (datetime(2023, 2, 10, 8), datetime(2023, 2, 13, 17), datetime(2023, 2, 10, 8), datetime(2023, 2, 13, 17), 0, 0),
    "POUR": (datetime(2023, 2, 14, 8), datetime(2023, 2, 14, 17), datetime(2023, 2, 14, 8), datetime(2023, 2, 14, 17), 0, 0),
    "FENCE": (datetime(2023, 2, 10, 8), datetime(2023, 2, 10, 17), datetime(2023, 2, 14, 8), datetime(2023, 2, 14, 17), 960, 960),
    "DONE": (datetime(2023, 2, 14, 17), datetime(2023, 2, 15, 8), datetime(2023, 2, 14, 17), datetime(2023, 2, 14, 17), 0, 0),
}


@pytest.fixture(autouse=True)
def _terminal(monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "ZHUANBAN_MPXJ"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def written(tmp_path):
    """A file with this content."""

    def write(content, name="plan.xer"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def run(capsys, *arguments):
    code = cli.main(["plans", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def plan(**more) -> str:
    return xer(ACTIVITIES, LINKS, CALENDARS, DATA_DATE, **{"stored": STORED, **more})


def test_a_file_that_agrees_is_told_so(written, capsys):
    code, out, _err = run(capsys, "check", written(plan()), "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["tool"], told["name"], told["data_date"]) == ("primavera", "PLAN", "2023-02-10T08:00:00")
    assert (told["activities"], told["outside"], told["links"], told["calendars"]) == (4, 0, 3, 1)
    assert list(told["checks"]) == FIELDS
    assert all(check["compared"] == check["equal_position"] == 4 and check["share_position"] == 1.0 for check in told["checks"].values())
    assert told["checks"]["early_finish"]["equal_clock"] == 3  # Tuesday 17:00 is Wednesday 08:00
    assert told["differences"] == []
    assert [(each["code"], each["activities"]) for each in told["health"]] == [("no_predecessor", ["FENCE"])]


def test_what_differs_is_listed_with_both_values_and_a_reason(written, capsys):
    stored = STORED | {"FENCE": (*STORED["FENCE"][:4], 480, 960)}
    code, out, _err = run(capsys, "check", written(plan(stored=stored)), "--json")
    told = json.loads(out)
    assert code == 1
    assert told["differences"] == [
        {
            "project": "PLAN",
            "activity": "FENCE",
            "field": "total_float",
            "stored": 480,
            "ours": 960,
            "minutes": 480,
            "likely": told["differences"][0]["likely"],
            "because": [],
        }
    ]
    assert told["checks"]["total_float"]["share_position"] == 0.75


def test_people_get_tables_in_the_language_of_their_terminal(written, capsys, monkeypatch):
    path = written(plan(stored=STORED | {"DIG": (*STORED["DIG"][:5], 60)}))
    _code, chinese, _err = run(capsys, "check", path)
    assert "最早开始" in chinese
    assert "DIG" in chinese
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    _code, english, _err = run(capsys, "check", path)
    assert "Early start" in english
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in english)


def test_a_file_without_stored_dates_is_only_computed(written, capsys):
    code, out, _err = run(capsys, "check", written(plan(stored={})))
    assert code == 0
    assert "没有存储的日期" in out


def test_every_project_of_a_file_is_checked_and_one_can_be_chosen(written, capsys):
    other = plan(project="8", name="OTHER").replace("\t7\t", "\t8\t")
    for at in range(4):
        other = other.replace(f"\t{1000 + at}\t", f"\t{2000 + at}\t")
    both = plan().replace("%E\r\n", "") + other.partition("\r\n")[2]
    _code, out, _err = run(capsys, "check", written(both), "--json")
    told = json.loads(out)
    assert told["activities"] == 8
    assert [each["name"] for each in told["projects"]] == ["PLAN", "OTHER"]
    assert told["checks"]["early_start"]["compared"] == 8
    _code, out, _err = run(capsys, "check", written(both), "--json", "--project", "OTHER")
    assert json.loads(out)["activities"] == 4
    code, _out, err = run(capsys, "check", written(both), "--project", "NONE")
    assert (code, "PLAN, OTHER" in err) == (2, True)


def test_a_circle_is_named_by_its_activities(written, capsys):
    code, out, err = run(capsys, "check", written(xer(ACTIVITIES, [*LINKS, Link("POUR", "DIG")], CALENDARS, DATA_DATE)), "--json")
    assert code == 2
    assert "DIG > POUR > DIG" in err
    assert json.loads(out)["error"] == {
        "code": "circle",
        "parts": {"activities": ["DIG", "POUR"]},
        "words": json.loads(out)["error"]["words"],
    }


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02", "unknown_format"),
        (b"PK\x03\x04", "compressed"),
        (b"<a", "not_xml"),
        (b"ERMHDR\t8\n%E\n", "not_a_plan"),
    ],
)
def test_what_is_no_plan_is_refused_with_the_reason(written, capsys, content, code):
    left, out, err = run(capsys, "check", written(content), "--json")
    assert (left, json.loads(out)["error"]["code"]) == (2, code)
    assert err.strip()


def test_names_from_the_file_cannot_steer_the_terminal(written, capsys):
    hostile = plan(stored={}, name="\x1b[2J\x1b]0;owned\x07").replace("土方", "\x1b[31m" + "长" * 500)
    for command in ("check", "simulate"):
        _code, out, _err = run(capsys, command, written(hostile))
        assert "\x1b" not in out
        assert "\x07" not in out


def test_a_forecast_tells_quantiles_of_the_finish_and_of_milestones(written, capsys):
    code, out, _err = run(capsys, "simulate", written(plan()), "--iterations", "400", "--seed", "7", "--json", "--before", "2023-02-15")
    told = json.loads(out)
    assert code == 0
    assert told["finish"]["planned"] == "2023-02-14T17:00:00"
    assert told["finish"]["p10"] <= told["finish"]["p50"] <= told["finish"]["p80"] <= told["finish"]["p90"]
    assert [(each["id"], each["p50"]) for each in told["milestones"]] == [("DONE", told["finish"]["p50"])]
    assert told["criticality"]["DIG"] == 1.0
    assert "FENCE" not in told["criticality"]
    assert told["sensitivity"]["DIG"] > told["sensitivity"]["POUR"] > 0
    assert 0 < told["probability_before"]["probability"] <= 1
    assert {"p50_error_days", "p80_error_days", "p80_first_half", "p80_second_half"} == set(told["convergence"])
    assert [bar["id"] for bar in told["tornado"]][:2] == ["DIG", "POUR"]


def test_the_same_seed_gives_the_same_forecast_and_another_another(written, capsys):
    path = written(plan())
    digests = [
        json.loads(run(capsys, "simulate", path, "--json", "--iterations", "200", "--seed", seed)[1])["digest"] for seed in (3, 3, 4)
    ]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("shape", ["pert:0.9,1,1.5", "uniform:0.9,1.3", "lognormal:1,1.3", "0.9,1,1.2", "triangular:1,1,1"])
def test_the_spread_can_be_chosen(written, capsys, shape):
    code, out, _err = run(capsys, "simulate", written(plan()), "--spread", shape, "--iterations", "100", "--json")
    assert code == 0
    assert json.loads(out)["spread"] == shape


def test_without_spread_everything_comes_as_planned(written, capsys):
    _code, out, _err = run(capsys, "simulate", written(plan()), "--spread", "none", "--iterations", "10", "--json")
    told = json.loads(out)["finish"]
    assert {told[name] for name in ("p10", "p50", "p80", "p90")} == {"2023-02-14"}


@pytest.mark.parametrize("shape", ["gauss:1,2", "triangular:1,2", "triangular:2,1,0", "triangular:a,b,c", "uniform:-1,2", "pert:nan,1,2"])
def test_a_spread_that_is_none_is_refused(written, capsys, shape):
    assert run(capsys, "simulate", written(plan()), "--spread", shape)[0] == 2


def test_people_get_the_forecast_as_tables(written, capsys):
    _code, out, _err = run(capsys, "simulate", written(plan()), "--iterations", "100", "--before", "2023-02-20")
    assert "P80" in out
    assert "暖封闭" in out
    assert "抽样误差" in out


def test_a_plan_of_microsoft_project_is_forecast_from_its_status_date(written, capsys):
    content = mspdi([task(1, PercentComplete=0), task(2, link(1))], StatusDate="2023-03-01T17:00:00")
    _code, out, _err = run(capsys, "simulate", written(content, "plan.xml"), "--iterations", "50", "--json")
    assert json.loads(out)["data_date"] == "2023-03-02"
    _code, out, _err = run(capsys, "simulate", written(content, "plan.xml"), "--iterations", "50", "--json", "--from", "2023-03-06")
    assert json.loads(out)["data_date"] == "2023-03-06"


def test_open_ends_are_critical_where_the_file_says_so(written, capsys):
    loose = [*ACTIVITIES, Activity("LOOSE", 480, "11")]
    stored = {"LOOSE": (datetime(2023, 2, 10, 8), datetime(2023, 2, 10, 17), datetime(2023, 2, 10, 8), datetime(2023, 2, 10, 17), 0, None)}
    text = xer(loose, LINKS, CALENDARS, DATA_DATE, stored=stored, options={"sched_open_critical_flag": "Y"})
    assert run(capsys, "check", written(text))[0] == 0


def test_the_commands_load_neither_django_nor_settings(written):
    program = "import sys; from zhuanban.site import cli; code = cli.main(sys.argv[1:]); print('django' in sys.modules, file=sys.stderr); sys.exit(code)"
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("ZHUANBAN", "DJANGO", "DATABASE"))}
    for command in ("check", "simulate"):
        done = subprocess.run(
            [sys.executable, "-c", program, "plans", command, str(written(plan())), "--json"],
            capture_output=True,
            env=surroundings,
            check=False,
        )
        assert (done.returncode, done.stderr.decode().strip()) == (0, "False"), done.stderr


# -- MPP -----------------------------------------------------------------------------------------------------------------

BINARY = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


def test_a_binary_file_is_refused_with_advice_where_there_is_no_importer(written, capsys):
    code, _out, err = run(capsys, "check", written(BINARY, "plan.mpp"))
    assert code == 2
    assert "XML" in err


@pytest.fixture
def importer(tmp_path, monkeypatch):
    """An importer of MPP files whose Java is a shell script."""

    def install(script):
        java = tmp_path / "java"
        java.write_text("#!/bin/sh\n" + script)
        java.chmod(0o755)
        monkeypatch.setenv("ZHUANBAN_JAVA", str(java))
        monkeypatch.setenv("ZHUANBAN_MPXJ", str(tmp_path))

    return install


def test_a_binary_file_goes_through_the_operators_importer(written, capsys, importer, tmp_path):
    (tmp_path / "made.xml").write_bytes(mspdi([task(1), task(2, link(1))]))
    importer(f'for last; do :; done\ntest "$(head -c 2 plan.mpp | od -An -tx1 | tr -d " ")" = d0cf && cp {tmp_path}/made.xml "$last"\n')
    code, out, _err = run(capsys, "check", written(BINARY, "plan.mpp"), "--json")
    assert code == 0
    assert json.loads(out)["activities"] == 2


@pytest.mark.parametrize("script", ["echo broken file; exit 1\n", "exit 0\n", "printf 'no xml' > plan.xml\n"])
def test_an_importer_that_fails_is_told(written, capsys, importer, script):
    importer(script)
    code, _out, err = run(capsys, "check", written(BINARY, "plan.mpp"))
    assert (code, bool(err.strip())) == (2, True)


def test_an_importer_that_hangs_is_stopped(written, capsys, importer, monkeypatch):
    importer("exec sleep 30\n")
    monkeypatch.setattr(mpp, "SECONDS", 1)
    code, _out, err = run(capsys, "check", written(BINARY, "plan.mpp"))
    assert (code, "1 seconds" in err) == (2, True)


def test_an_importer_that_is_not_there_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("ZHUANBAN_JAVA", "/bin/true")
    monkeypatch.setenv("ZHUANBAN_MPXJ", str(tmp_path / "nowhere"))
    with pytest.raises(mpp.NoImporter, match="does not exist"):
        mpp.as_xml(BINARY)


def test_words_of_a_refused_file_come_in_both_languages(written, monkeypatch):
    with pytest.raises(plan_files.Unreadable, match="空的"):
        plan_files.read(written(b""))
    monkeypatch.setenv("LANG", "en")
    with pytest.raises(plan_files.Unreadable, match="empty") as refused:
        plan_files.read(written(b""))
    assert isinstance(refused.value.__cause__, PlanFileError)
