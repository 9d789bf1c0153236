"""Which module may know which: the contracts of import-linter, and what they cannot say."""

from __future__ import annotations

import ast
from pathlib import Path

import grimp
import pytest
from django.apps import apps
from django.db.models import signals

from zhuanban.site import apps as site_apps

ROOT = Path(site_apps.__file__).resolve().parents[1]
SOURCES = sorted(path for path in ROOT.rglob("*.py") if "migrations" not in path.parts)
DOORS = {"models", "queries", "actions", "access", "figures", "rules"}
"""Modules by which one domain may be entered from another: nouns, reads, verbs, who sees it, its numbers and when a verb may be done."""
CLOCKS = {"kernel/clock.py", "kernel/jobs.py", "kernel/files.py"}
"""Where the machine's time is read. Leases of jobs and ages of files must not follow the demo's moved day."""


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("zhuanban", cache_dir=None)


def test_the_import_contracts_hold(capsys, monkeypatch):
    from importlinter.cli import lint_imports

    monkeypatch.chdir(ROOT.parents[1])
    assert lint_imports(no_cache=True) == 0, capsys.readouterr().out


def test_another_domain_is_entered_only_by_its_doors(graph):
    def domain_of(module: str) -> list[str]:
        return module.removeprefix("zhuanban.domains.").split(".")

    wrong = [
        f"{importer} enters {imported}"
        for importer in sorted(graph.modules)
        if importer.startswith("zhuanban.domains.")
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
        if imported.startswith("zhuanban.domains.")
        and domain_of(imported)[0] != domain_of(importer)[0]
        and domain_of(imported)[1] not in DOORS
    ]
    assert wrong == []


def test_an_engine_knows_no_framework_no_database_and_no_clock(graph):
    outside = {"django", "ninja", "pydantic", "psycopg", "sqlite3"}
    for path in SOURCES:
        if "engines" in path.relative_to(ROOT).parts:
            named = {name.split(".")[0] for name in imported_names(tree(path))}
            assert not named & outside, path.name
    for module in graph.find_descendants("zhuanban.engines"):
        for imported in graph.find_modules_directly_imported_by(module):
            assert imported.startswith("zhuanban.engines"), f"{module} knows {imported}"


def test_the_kernel_names_no_domain(graph):
    for module in graph.find_descendants("zhuanban.kernel"):
        assert not any(name.startswith(("zhuanban.domains", "zhuanban.site")) for name in graph.find_modules_directly_imported_by(module))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported_names(module: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{each.name}" for each in node.names}
    return found


READ_BY_NAME = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("timezone", "now"),
    ("time", "time"),
}
READ_WITHOUT_ARGUMENT = {
    ("timezone", "localdate"),
    ("timezone", "localtime"),
    ("time", "localtime"),
    ("time", "gmtime"),
    ("time", "strftime"),
}


def reads_the_machines_time(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    owner = call.func.value
    name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
    asked = (name, call.func.attr)
    return asked in READ_BY_NAME or (asked in READ_WITHOUT_ARGUMENT and not call.args)


def test_only_the_clock_reads_the_machines_time():
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        if path.relative_to(ROOT).as_posix() not in CLOCKS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and reads_the_machines_time(node)
    ]
    assert wrong == [], "ask zhuanban.kernel.clock instead"


def test_no_row_points_anywhere_by_a_generic_key():
    for path in SOURCES:
        names = imported_names(tree(path))
        assert not any(name.startswith("django.contrib.contenttypes") for name in names), path
    for model in apps.get_models():
        if model.__module__.startswith("zhuanban."):
            assert model._meta.private_fields == [], model


def test_nothing_is_saved_behind_a_verbs_back():
    """No receivers of the signals that a save or a deletion sends: a reaction is a subscriber, registered in the open."""
    for name in ("pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed"):
        receivers = getattr(signals, name).receivers
        ours = [entry for entry in receivers if "zhuanban" in str(getattr(entry[1](), "__module__", ""))]
        assert ours == [], name
    for path in SOURCES:
        assert not any(each.startswith(("django.db.models.signals", "django.dispatch")) for each in imported_names(tree(path))), path


def test_every_domain_is_registered_and_nothing_else():
    folders = {path.name for path in (ROOT / "domains").iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert folders == set(site_apps.DOMAINS)
    assert {f"zhuanban.domains.{name}" for name in folders} <= {config.name for config in apps.get_app_configs()}


def test_a_file_stays_readable():
    """A feel, held as a limit: what grows beyond it is two things."""
    long = {str(path.relative_to(ROOT)): lines for path in SOURCES if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 700}
    assert long == {}
