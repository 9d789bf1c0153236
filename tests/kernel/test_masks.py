"""Masks that never show more than they may, and text that no spreadsheet trips over."""

import doctest
import importlib
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.kernel.masks import (
    is_formula_like,
    mask_address,
    mask_bank_card,
    mask_name,
    mask_phone,
    mask_resident_id,
    strip_forbidden,
)

digits = st.text("0123456789", min_size=1, max_size=24)


@pytest.mark.parametrize("module", ["badvalue", "bounds", "codes", "dates", "masks", "money"])
def test_the_examples_in_the_docstrings_run(module):
    result = doctest.testmod(importlib.import_module(f"zhuanban.kernel.{module}"))
    assert result.attempted and not result.failed


@pytest.mark.parametrize(
    "phone", ["13812345678", "138 1234 5678", "138-1234-5678", "+86 13812345678", "008613812345678", "１３８１２３４５６７８"]
)
def test_a_mobile_number_shows_its_first_three_and_last_four_digits(phone):
    assert mask_phone(phone) == "138****5678"


@pytest.mark.parametrize(
    ("phone", "shown"), [("0431-88776655", "****55"), ("88776655", "****55"), ("110", "****"), ("", ""), ("转 8001", "****")]
)
def test_other_numbers_show_less(phone, shown):
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [("22010219900101123X", "220102********123X"), ("22010219900101123x", "220102********123X"), ("220102900101123", "****"), ("", "")],
)
def test_a_resident_number_hides_the_birth_date(number, shown):
    assert mask_resident_id(number) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("张三丰", "张*"),
        ("欧阳修", "欧阳*"),
        ("欧阳", "欧*"),
        ("司马相如", "司马*"),
        ("爱新觉罗溥仪", "爱新觉罗*"),
        ("阿依古丽·买买提", "阿*"),
        ("Anna Schmidt", "A*"),
        ("王", "*"),
        ("　", ""),
    ],
)
def test_a_name_shows_its_surname(name, shown):
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("card", "shown"), [("6222020200012345678", "****5678"), ("6222 0202 0001 2345 678", "****5678"), ("12345", "****"), ("", "")]
)
def test_a_bank_card_shows_its_last_four_digits(card, shown):
    assert mask_bank_card(card) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("吉林省长春市绿园区青年路1234号3单元501室", "吉林省长春市绿园区青年路***"),
        ("长春市二道区吉林大路88号", "长春市二道区吉林大路***"),  # 道 in the district's name is no street
        ("长春市汽车经济技术开发区东风大街2259号", "长春市汽车经济技术开发区东风大街***"),
        ("长春市农安县农安镇宝塔街5号", "长春市农安县农安镇***"),
        ("河北省唐山市路北区新华道1号", "河北省唐山市路北区***"),
        ("长春市人民大街小区5栋", "长春市人民大街***"),
        ("青年路街道办事处3楼", "青年路街道***"),
        ("幸福花园5栋1单元", "***"),
        ("", ""),
    ],
)
def test_an_address_shows_the_street_and_nothing_behind_it(address, shown):
    assert mask_address(address) == shown


@given(digits)
def test_no_mask_of_a_number_shows_more_of_it_than_a_mobile_number_s_seven_of_eleven(text):
    for mask in (mask_bank_card, mask_phone):
        assert sum(letter != "*" for letter in mask(text)) <= len(text) * 7 / 11
    shown_of_id = sum(letter != "*" for letter in mask_resident_id(text))
    assert shown_of_id <= (10 if len(text) == 18 else 0)


@given(st.text(max_size=30))
def test_an_address_never_shows_a_digit(text):
    assert not any(letter.isdigit() for letter in mask_address(text))


@given(st.text(min_size=1, max_size=20))
def test_a_given_name_never_shows(text):
    assert len(mask_name(text)) <= 5 and mask_name(text)[-1:] in ("", "*")


@pytest.mark.parametrize("letter", ["\ufffe", "\uffff", "\x00", "\x0b", "\x1f", "\ud800"])
def test_what_xml_forbids_is_stripped(letter):
    assert strip_forbidden(f"长{letter}春\t\n") == "长春\t\n"


@given(st.text(st.characters(codec=None)))
def test_stripped_text_goes_into_xml_and_comes_back(text):
    safe = strip_forbidden(text)
    element = ElementTree.Element("cell")
    element.text = safe
    back = ElementTree.fromstring(ElementTree.tostring(element, "utf-8")).text or ""
    assert back == safe.replace("\r\n", "\n").replace("\r", "\n")
    assert strip_forbidden(safe) == safe


@pytest.mark.parametrize(
    "text", ["=1+1", "＝1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", " =HYPERLINK()", "\t=1", "\r=1", "+86 13812345678"]
)
def test_text_that_a_spreadsheet_might_run_is_seen(text):
    assert is_formula_like(text)


@pytest.mark.parametrize("text", ["", "长春", "1=1", "-5.2", "+3%", "-1,234.50", "—", "-", "2022-06-28", "a@b"])
def test_plain_text_and_signed_numbers_are_harmless(text):
    assert not is_formula_like(text)
