"""Codes with a legal form, their check digits, and the errors that tell a person what to correct."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuanban.kernel.badvalue import BadValue, clean, is_empty
from zhuanban.kernel.codes import (
    USCC_ALPHABET,
    USCC_AUTHORITIES,
    area_level,
    make_uscc,
    normalise_document_number,
    normalise_uscc,
    organisation_check_digit,
    parse_area_code,
    parse_industry_code,
    parse_project_code,
    parse_resident_id,
    parse_uscc,
    uscc_check_digit,
)


def key_of(read, text: str) -> str:
    with pytest.raises(BadValue) as caught:
        read(text)
    return caught.value.key


organisations = st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8)
usccs = st.builds(
    make_uscc, st.sampled_from(USCC_AUTHORITIES), st.sampled_from("123"), st.sampled_from(["220100", "220174", "110000"]), organisations
)


# --- Project codes ---


def test_a_new_project_code_tells_its_month_area_and_kind():
    code = parse_project_code("2112-220174-04-01-123456")
    assert (code.form, code.year, code.month, code.area, code.department, code.kind, code.serial, code.check) == (
        *("new", 2021, 12, "220174"),
        *("04", "01", "12345", "6"),
    )


@pytest.mark.parametrize("tail", ["00123", "001234"])
def test_an_old_project_code_has_a_year_and_five_or_six_digits(tail):
    code = parse_project_code(f"2018-220106-36-03-{tail}")
    assert (code.form, code.year, code.month, code.serial, code.check) == ("old", 2018, None, tail, "")


def test_no_check_digit_of_a_project_code_is_ever_refused():
    assert {parse_project_code(f"2112-220174-04-01-12345{digit}").check for digit in range(10)} == set(string.digits)


@pytest.mark.parametrize("time", ["2013", "2113", "2014", "2021", "0000", "2100"])
def test_a_time_part_that_is_neither_month_nor_old_year_is_refused(time):
    assert key_of(parse_project_code, f"{time}-220174-04-01-123456") == "project_code.time"


def test_a_month_with_a_five_digit_tail_is_neither_form():
    assert key_of(parse_project_code, "2112-220174-04-01-12345") == "project_code.time"


@pytest.mark.parametrize(
    "text", ["", "2112", "2112-22017-04-01-123456", "2112-220174-04-01-1234567", "2112-220174-O4-01-123456", "x" * 5000]
)
def test_text_of_another_shape_is_refused(text):
    assert key_of(parse_project_code, text) == "project_code.format"


def test_a_code_from_a_production_table_is_read_despite_its_trailing_space_and_wide_dashes():
    assert str(parse_project_code("　２１１２－220174—04–01-123456 \u200b")) == "2112-220174-04-01-123456"


@given(st.integers(20, 99), st.integers(1, 12), st.integers(0, 999999), st.integers(0, 99), st.integers(0, 99), st.integers(0, 999999))
def test_every_new_code_reads_as_itself(year, month, area, department, kind, tail):
    text = f"{year:02d}{month:02d}-{area:06d}-{department:02d}-{kind:02d}-{tail:06d}"
    code = parse_project_code(text)
    assert str(code) == text and code.form == "new"


# --- Unified social credit codes ---


def test_the_check_digits_of_a_published_code_hold():
    code = parse_uscc("91350100M000100Y43")  # the example printed in GB 32100
    assert (code.authority, code.kind, code.area, code.organisation_code) == ("9", "1", "350100", "M000100Y4")


@given(usccs)
def test_generated_codes_are_valid(code):
    assert str(parse_uscc(code)) == code


@given(usccs, st.integers(8, 17), st.sampled_from(USCC_ALPHABET))
def test_one_wrong_character_is_always_seen(code, place, letter):
    if letter == code[place]:
        return
    assert key_of(parse_uscc, code[:place] + letter + code[place + 1 :]) == "uscc.check"


def test_the_error_tells_which_check_digit_fails():
    good = make_uscc("9", "1", "220106", "MA000001")
    other = "0" if good[17] != "0" else "1"
    with pytest.raises(BadValue, match="第 18 位") as whole:
        parse_uscc(good[:17] + other)
    first17 = good[:16] + ("7" if good[16] != "7" else "8")
    with pytest.raises(BadValue, match="第 17 位") as organisation:
        parse_uscc(first17 + uscc_check_digit(first17))
    with pytest.raises(BadValue, match="都不符") as both:
        parse_uscc(first17 + ("0" if uscc_check_digit(first17) != "0" else "1"))
    assert [each.value.parts["failed"] for each in (whole, organisation, both)] == [("code",), ("organisation",), ("organisation", "code")]


@pytest.mark.parametrize("authority", list("19ANY"))
def test_letters_are_legal_in_the_first_place(authority):
    assert parse_uscc(make_uscc(authority, "1", "220106", "12345678")).authority == authority


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "uscc.length"),
        ("220100000000001", "uscc.length"),  # a legacy licence number of 15 digits
        ("9122010IMA00000100", "uscc.letters"),
        ("B1220106MA00000100", "uscc.authority"),
        ("9122A106MA00000100", "uscc.area"),
    ],
)
def test_a_code_that_cannot_be_one_says_why(text, key):
    assert key_of(parse_uscc, text) == key


def test_a_code_is_normalised_before_it_is_checked():
    good = make_uscc("9", "1", "220106", "MA000001")
    assert normalise_uscc(f"　{good[:8].lower()} \u200b{good[8:]} ") == good


@pytest.mark.parametrize(("first8", "check"), [("D2143569", "X"), ("00000000", "0")])
def test_the_organisation_check_digit_has_its_two_special_values(first8, check):
    assert organisation_check_digit(first8) == check


# --- Areas and industries ---


@pytest.mark.parametrize("code", ["220000", "220100", "220106", "220174", "220184", "110101"])
def test_area_codes_of_the_form_of_gb_t_2260_pass(code):
    assert parse_area_code(f" {code}\u3000") == code


@pytest.mark.parametrize(
    ("text", "key"), [("22010", "area.format"), ("22010A", "area.format"), ("990101", "area.province"), ("220006", "area.prefecture")]
)
def test_other_area_codes_say_why_not(text, key):
    assert key_of(parse_area_code, text) == key


def test_the_zeros_of_an_area_code_tell_its_level():
    assert [area_level(code) for code in ("220000", "220100", "220106")] == ["province", "prefecture", "county"]


@pytest.mark.parametrize(
    ("code", "section", "sector"),
    [
        ("01", "A", "primary"),
        ("0511", "A", "tertiary"),
        ("06", "B", "secondary"),
        ("112", "B", "tertiary"),
        ("3612", "C", "secondary"),
        ("3841", "C", "secondary"),
        ("43", "C", "tertiary"),
        ("44", "D", "secondary"),
        ("50", "E", "secondary"),
        ("51", "F", "tertiary"),
        ("70", "K", "tertiary"),
        ("83", "P", "tertiary"),
        ("84", "Q", "tertiary"),
        ("97", "T", "tertiary"),
    ],
)
def test_an_industry_belongs_to_a_section_and_a_sector(code, section, sector):
    industry = parse_industry_code(code)
    assert (industry.section, industry.sector) == (section, sector)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("3", "industry.format"),
        ("36121", "industry.format"),
        ("00", "industry.division"),
        ("98", "industry.division"),
        ("D3612", "industry.section"),
    ],
)
def test_other_industry_codes_say_why_not(text, key):
    assert key_of(parse_industry_code, text) == key


# --- Document numbers and resident numbers ---


@pytest.mark.parametrize(
    "text", ["吉政办发[2022]21号", "吉政办发(2022)021号", "吉政办发【2022】21号", "吉政办发（２０２２）第21号", "吉政办发〔2022〕 21 号"]
)
def test_a_document_number_takes_hexagonal_brackets(text):
    assert normalise_document_number(text) == "吉政办发〔2022〕21号"


@pytest.mark.parametrize(
    "text", ["", "〔2022〕21号", "吉政办发2022年21号", "吉政办发〔22〕21号", "吉政办发〔2022〕0号", "吉政办发〔2022〕" + "9" * 5000 + "号"]
)
def test_what_is_no_document_number_is_refused(text):
    assert key_of(normalise_document_number, text) == "document_number.format"


def test_a_resident_number_is_checked():
    assert parse_resident_id("１１０105 19491231 002x") == "11010519491231002X"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1101051949123100", "resident_id.format"),
        ("110105194912310021", "resident_id.check"),
        ("110105194902300020", "resident_id.birth"),
    ],
)
def test_a_wrong_resident_number_says_why_and_is_not_repeated(text, key):
    with pytest.raises(BadValue) as caught:
        parse_resident_id(text)
    assert caught.value.key == key
    assert text not in str(caught.value) and not caught.value.parts


# --- What all readers share ---


def test_an_error_can_be_told_in_another_language():
    english = {"行政区划代码应为 6 位数字，现为“%(code)s”。": 'An area code has 6 digits, this is "%(code)s".'}
    with pytest.raises(BadValue) as caught:
        parse_area_code("22")
    assert caught.value.translated(english.__getitem__) == 'An area code has 6 digits, this is "22".'
    assert caught.value.message == "行政区划代码应为 6 位数字，现为“22”。"


def test_a_value_with_a_percent_sign_is_quoted_as_it_is():
    with pytest.raises(BadValue, match="50%s"):
        parse_area_code("50%s")


@pytest.mark.parametrize("cell", [None, "", " ", "　　", "—", "——", "－", "无", " 无 ", "/", "／", "\ufeff"])
def test_the_usual_marks_say_nothing(cell):
    assert is_empty(cell)


@pytest.mark.parametrize("cell", [0, "0", "无锡", "a/b", False])
def test_a_value_is_not_a_mark(cell):
    assert not is_empty(cell)


@given(st.text())
def test_cleaned_text_is_clean(text):
    once = clean(text)
    assert once == once.strip() and "\u3000" not in once and "\u200b" not in once


@given(
    st.text(max_size=30),
    st.sampled_from([parse_project_code, parse_uscc, parse_area_code, parse_industry_code, parse_resident_id, normalise_document_number]),
)
def test_no_text_breaks_a_reader(text, read):
    try:
        read(text)
    except BadValue as bad:
        assert bad.message and bad.key
