"""Chinese and English complete: every phrase of the source has its translation, and an English page shows no Chinese in its frame."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import polib
import pytest
from django.template.base import Lexer
from django.urls import reverse
from django.utils.translation.template import templatize
from markup import read
from town import CITY, HERE

from zhuanban.domains.people.models import User
from zhuanban.kernel import listings
from zhuanban.site import apps as site_apps

ROOT = Path(site_apps.__file__).resolve().parents[1]
CATALOGUE = ROOT / "site" / "locale" / "en" / "LC_MESSAGES" / "django.po"
CHINESE = re.compile(r"[\u3400-\u9fff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")
MARKS = {
    "gettext": (0,),
    "gettext_lazy": (0,),
    "gettext_noop": (0,),
    "ngettext": (0, 1),
    "ngettext_lazy": (0, 1),
    "pgettext": (1,),
    "pgettext_lazy": (1,),
    "npgettext": (1, 2),
}
"""Function -> which of its arguments are phrases."""

needs_catalogue = pytest.mark.skipif(not CATALOGUE.exists(), reason="the English catalogue is not made yet")


def phrases_of_module(path: Path) -> dict[str, int]:
    """Phrase -> line, of every call of a translating function under whatever name the module imports it."""
    module, names, found = ast.parse(path.read_text(encoding="utf-8")), {}, {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            names |= {each.asname or each.name: each.name for each in node.names if each.name in MARKS}
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            for at in MARKS[names[node.func.id]]:
                if at < len(node.args) and isinstance(node.args[at], ast.Constant) and isinstance(node.args[at].value, str):
                    found.setdefault(node.args[at].value, node.lineno)
    return found


_CALL = re.compile(
    r"""\b(?:_|n?p?gettext)\(u?((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?:,\s*u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))*)"""
)


def phrases_of_template(path: Path) -> dict[str, int]:
    """Phrase -> line, as Django's own extraction sees them."""
    found = {}
    for number, line in enumerate(templatize(path.read_text(encoding="utf-8"), origin=str(path)).splitlines(), start=1):
        for call in _CALL.finditer(line):
            for phrase in ast.literal_eval(f"({call[1]},)"):
                found.setdefault(phrase.replace("\r", ""), number)
    return found


def all_phrases() -> dict[str, str]:
    """Phrase -> where it stands."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        if "migrations" not in path.parts:
            found |= {phrase: f"{path.relative_to(ROOT)}:{line}" for phrase, line in phrases_of_module(path).items()}
    for path in sorted(ROOT.rglob("*.html")):
        found |= {phrase: f"{path.relative_to(ROOT)}:{line}" for phrase, line in phrases_of_template(path).items()}
    return found


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def test_the_source_is_written_in_chinese_phrases():
    phrases = all_phrases()
    assert len(phrases) > 400
    assert "推进阶段" in phrases and "登录" in phrases


@needs_catalogue
def test_every_phrase_has_its_translation(catalogue):
    translated = {entry.msgid for entry in catalogue if not entry.obsolete and entry.translated()}
    untranslated = {entry.msgid for entry in catalogue if not entry.obsolete and not entry.translated()}
    chinese = {phrase: place for phrase, place in all_phrases().items() if CHINESE.search(phrase)}
    assert {phrase: place for phrase, place in chinese.items() if phrase not in translated or phrase in untranslated} == {}


@needs_catalogue
def test_a_translation_is_english_and_keeps_what_is_filled_in(catalogue):
    for entry in catalogue:
        if entry.obsolete:
            continue
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if text:
                assert not CHINESE.search(text), entry.msgid
                assert "fuzzy" not in entry.flags, entry.msgid
        if entry.msgstr:
            assert set(PLACEHOLDER.findall(entry.msgstr)) == set(PLACEHOLDER.findall(entry.msgid)), entry.msgid


@needs_catalogue
def test_the_compiled_catalogue_is_that_of_the_source():
    compiled = CATALOGUE.with_suffix(".mo")
    if not compiled.exists():
        pytest.skip("compiled when the package is built")
    entries = {(entry.msgctxt, entry.msgid): entry.msgstr for entry in polib.mofile(str(compiled)) if not entry.msgid_plural}
    written = {(entry.msgctxt, entry.msgid): entry.msgstr for entry in polib.pofile(str(CATALOGUE)) if not entry.msgid_plural}
    assert {phrase for phrase, text in written.items() if text and entries.get(phrase) != text} == set(), "build the package anew"


def test_no_page_prints_chinese_that_cannot_be_translated():
    """A Chinese word in a template stands inside a translating tag."""
    wrong = {}
    for path in sorted(ROOT.rglob("*.html")):
        inside, plain = False, []
        for token in Lexer(path.read_text(encoding="utf-8")).tokenize():
            if token.token_type.name == "BLOCK" and token.contents.startswith(("blocktranslate", "comment")):
                inside = True
            elif token.token_type.name == "BLOCK" and token.contents.startswith(("endblocktranslate", "endcomment")):
                inside = False
            elif token.token_type.name == "TEXT" and not inside:
                plain += re.findall(r"[\u3400-\u9fff]+", re.sub(r"<!--.*?-->", "", token.contents, flags=re.DOTALL))
        if plain := [word for word in plain if word != "中文"]:
            wrong[str(path.relative_to(ROOT))] = plain
    assert wrong == {}


def main_pages(town) -> list[str]:
    project = town.projects[HERE][0]
    return [
        "/",
        "/overview/",
        *(f"{reverse('kernel:listing', args=[name])}{layout}" for name in listings.REGISTRY for layout in ("",)),
        reverse("portfolio:projects") + "?as=board",
        project.get_absolute_url(),
        reverse("portfolio:goals"),
        reverse("portfolio:pairs"),
        reverse("kernel:figures"),
        reverse("kernel:notices"),
        reverse("people:me"),
        reverse("kernel:act", args=["portfolio.revise", project.pk]),
        reverse("kernel:act", args=["portfolio.contest", project.pk]),
        reverse("newspaper"),
        reverse("parameters"),
        reverse("audit"),
        "/no/such/page/",
    ]


@needs_catalogue
@pytest.mark.parametrize("role", ["centre_dispatcher", "sec_admin", "sys_admin", "audit_admin"])
def test_an_english_page_has_an_english_frame(town, enter, role):
    """Navigation, headings, table heads, buttons and labels; names and words that people wrote stay as they are."""
    user = town.person(role, CITY)
    User.objects.filter(pk=user.pk).update(language="en")
    written, listed = written_by_people(town), rows_of_the_city()
    browser, wrong = enter(User.objects.get(pk=user.pk)), {}
    for address in main_pages(town):
        answer = browser.get(address, headers={"accept-language": "en"})
        if answer.status_code not in {200, 404}:
            continue
        page = answer.content.decode()
        assert '<html lang="en"' in page, address
        chinese = {text for _holder, text in read(page).frame if CHINESE.search(text)}
        left = {text for text in chinese - listed if not any(word in text for word in written)}
        if left:
            wrong[address] = left
    assert wrong == {}


def written_by_people(town) -> set[str]:
    """What the town's people and records are called: data, not the house's words."""
    from zhuanban.domains.factors.models import FundingProgramme
    from zhuanban.domains.people.models import Organisation
    from zhuanban.domains.policies.models import Policy
    from zhuanban.domains.portfolio.models import IndustryGoal, Project, ProjectList, StrategyTheme, Tag

    names = {"金丝雀", "测试"}
    for model in (User, Organisation, Project, ProjectList, Tag, StrategyTheme, IndustryGoal, FundingProgramme, Policy):
        names |= set(model._base_manager.values_list("name", flat=True))
    names |= {area.name for area in town.areas.values()}
    return {name for name in names if CHINESE.search(name)}


def rows_of_the_city() -> set[str]:
    """What the city calls its kinds of problems, its tiers, its task forces, permits and factors: data too, but words so common that only
    the whole counts."""
    from zhuanban.domains.approvals.models import Certificate, Item
    from zhuanban.domains.enterprises.models import FactKind
    from zhuanban.domains.factors.models import Factor, FactorRequest, Material
    from zhuanban.domains.plans.models import NodeTemplate
    from zhuanban.domains.problems.models import ProblemKind
    from zhuanban.domains.responsibility.models import TaskForce, Tier

    told = {row.what for row in FactorRequest.objects.select_related("factor")} | set(Certificate.objects.values_list("number", flat=True))
    return told | {
        name
        for model in (ProblemKind, NodeTemplate, Tier, TaskForce, Item, Factor, Material, FactKind)
        for name in model._base_manager.values_list("name", flat=True)
    }
