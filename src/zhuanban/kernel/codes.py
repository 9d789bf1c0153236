"""Codes and numbers with a legal form: project, organisation, area, industry, document, resident."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from zhuanban.kernel.badvalue import BadValue, clean
from zhuanban.kernel.badvalue import gettext_noop as _

# --- National project code, GB/T 40058-2021 -----------------------------------------------------------------------------------

PROJECT_CODE = re.compile(r"(\d{4})-(\d{6})-(\d{2})-(\d{2})-(\d{5,6})", re.ASCII)
OLD_CODE_YEARS = range(2015, 2021)
"""Years in which the old form was given out; none of them reads as a month, so the two forms cannot be confused."""
_DASHES = re.compile(r"\s*[-‐‑‒–—―]\s*")


@dataclass(frozen=True)
class ProjectCode:
    """A parsed project code. ``check`` is kept as given: its algorithm is not public, so nobody recomputes or rejects it."""

    form: Literal["new", "old"]
    year: int
    month: int | None
    area: str
    department: str
    kind: str
    serial: str
    check: str

    def __str__(self) -> str:
        time = f"{self.year}" if self.month is None else f"{self.year % 100:02d}{self.month:02d}"
        return f"{time}-{self.area}-{self.department}-{self.kind}-{self.serial}{self.check}"


def parse_project_code(text: str) -> ProjectCode:
    """Reads both forms: ``YYMM-RRRRRR-DD-TT-NNNNNC`` and, from before November 2020, ``YYYY-RRRRRR-II-TT-NNNNN[N]``.

    >>> parse_project_code("2112-220174-04-01-123456")
    ProjectCode(form='new', year=2021, month=12, area='220174', department='04', kind='01', serial='12345', check='6')
    >>> parse_project_code("2018-220106-36-03-00123 ").form
    'old'
    """
    code = _DASHES.sub("-", clean(text))
    match = PROJECT_CODE.fullmatch(code)
    if match is None:
        raise BadValue(_("项目代码“%(code)s”格式不对，应为 24 位，形如 2112-220174-04-01-123456。"), key="project_code.format", code=code)
    time, area, department, kind, tail = match.groups()
    if 1 <= int(time[2:]) <= 12 and len(tail) == 6:
        return ProjectCode("new", 2000 + int(time[:2]), int(time[2:]), area, department, kind, tail[:5], tail[5])
    if int(time) in OLD_CODE_YEARS:
        return ProjectCode("old", int(time), None, area, department, kind, tail, "")
    raise BadValue(
        _("项目代码“%(code)s”的前四位“%(time)s”不是赋码的年月（如 2112），也不是旧码的年份（2015—2020），或末段位数不对。"),
        key="project_code.time",
        code=code,
        time=time,
    )


# --- Unified social credit code, GB 32100, with the organisation code of GB 11714 inside ----------------------------------------

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_AUTHORITIES = "123456789ANY"
_USCC_VALUE = {letter: value for value, letter in enumerate(USCC_ALPHABET)}
_USCC_WEIGHTS = [pow(3, place, 31) for place in range(17)]
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Uscc:
    """A unified social credit code whose two check digits hold."""

    text: str

    @property
    def authority(self) -> str:
        """Registering authority: 1 机构编制, 5 民政, 9 市场监管 and others."""
        return self.text[0]

    @property
    def kind(self) -> str:
        return self.text[1]

    @property
    def area(self) -> str:
        """GB/T 2260 area at the time of registration."""
        return self.text[2:8]

    @property
    def organisation_code(self) -> str:
        return self.text[8:17]

    def __str__(self) -> str:
        return self.text


def normalise_uscc(text: str) -> str:
    """Upper case, plain width, no spaces or invisible characters.

    >>> normalise_uscc(" ９１220101 ma0abcdef1\\u200b")
    '91220101MA0ABCDEF1'
    """
    return clean(text).replace(" ", "").upper()


def parse_uscc(text: str) -> Uscc:
    """Normalises and checks; the error's ``parts["failed"]`` names the check digits that fail: "organisation", "code"."""
    code = normalise_uscc(text)
    if len(code) != 18:
        raise BadValue(_("统一社会信用代码应为 18 位，现为 %(length)s 位。"), key="uscc.length", code=code, length=len(code))
    wrong = "".join(sorted(set(code) - set(USCC_ALPHABET)))
    if wrong:
        raise BadValue(_("统一社会信用代码中不应出现“%(wrong)s”（不使用字母 I、O、S、V、Z）。"), key="uscc.letters", code=code, wrong=wrong)
    if code[0] not in USCC_AUTHORITIES:
        raise BadValue(_("统一社会信用代码首位“%(first)s”不是登记管理部门代码。"), key="uscc.authority", code=code, first=code[0])
    if not code[2:8].isdigit():
        raise BadValue(_("统一社会信用代码第 3—8 位应为行政区划代码，现为“%(area)s”。"), key="uscc.area", code=code, area=code[2:8])
    _check_uscc_digits(code)
    return Uscc(code)


def _check_uscc_digits(code: str) -> None:
    failed: tuple[str, ...]
    organisation = code[16] == organisation_check_digit(code[8:16])
    whole = code[17] == uscc_check_digit(code[:17])
    if organisation and whole:
        return
    if whole:
        message, failed = _("统一社会信用代码第 17 位（组织机构代码校验码）不符，请核对第 9—17 位。"), ("organisation",)
    elif organisation:
        message, failed = _("统一社会信用代码第 18 位（校验码）不符，请核对。"), ("code",)
    else:
        message, failed = _("统一社会信用代码第 17 位（组织机构代码校验码）和第 18 位（校验码）都不符，请核对。"), ("organisation", "code")
    raise BadValue(message, key="uscc.check", code=code, failed=failed)


def uscc_check_digit(first17: str) -> str:
    """Character 18 of GB 32100: weights 3**(i-1) mod 31 over the first seventeen."""
    total = sum(_USCC_VALUE[letter] * weight for letter, weight in zip(first17, _USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def organisation_check_digit(first8: str) -> str:
    """The check digit of GB 11714 over eight characters, A counting 10 and Z 35."""
    total = sum(int(letter, 36) * weight for letter, weight in zip(first8, _ORG_WEIGHTS, strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def make_uscc(authority: str, kind: str, area: str, organisation8: str) -> str:
    """A valid code out of its free parts, for generated organisations.

    >>> parse_uscc(make_uscc("9", "1", "220174", "MA000001")).area
    '220174'
    """
    first17 = authority + kind + area + organisation8 + organisation_check_digit(organisation8)
    return str(parse_uscc(first17 + uscc_check_digit(first17)))


# --- Areas, GB/T 2260 -----------------------------------------------------------------------------------------------------------

PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")


def parse_area_code(text: str) -> str:
    """Six digits of GB/T 2260 form under an existing province; statistical codes of development zones have the same form.

    >>> parse_area_code("２２０１７４")
    '220174'
    """
    code = clean(text)
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        raise BadValue(_("行政区划代码应为 6 位数字，现为“%(code)s”。"), key="area.format", code=code)
    if not PROVINCES.fullmatch(code[:2]):
        raise BadValue(_("行政区划代码“%(code)s”的前两位不是省级代码。"), key="area.province", code=code)
    if code[2:4] == "00" and code[4:] != "00":
        raise BadValue(_("行政区划代码“%(code)s”缺少市级代码。"), key="area.prefecture", code=code)
    return code


def area_level(code: str) -> Literal["province", "prefecture", "county"]:
    """The level that a six-digit code stands for by its zeros."""
    if code.endswith("0000"):
        return "province"
    return "prefecture" if code.endswith("00") else "county"


# --- Industry, GB/T 4754-2017 ---------------------------------------------------------------------------------------------------

Sector = Literal["primary", "secondary", "tertiary"]
_SECTION_STARTS = {
    "A": 1, "B": 6, "C": 13, "D": 44, "E": 47, "F": 51, "G": 53, "H": 61, "I": 63, "J": 66,
    "K": 70, "L": 71, "M": 73, "N": 76, "O": 80, "P": 83, "Q": 84, "R": 86, "S": 91, "T": 97,
}  # fmt: skip
_LAST_DIVISION = 97
_SUPPORTING_DIVISIONS = (5, 11, 43)
"""Services to farming, to mining and repair of machinery: tertiary, though their sections are not (国统设管函〔2018〕74号)."""


@dataclass(frozen=True)
class Industry:
    """An industry code of two to four digits (text: a leading zero counts) with its section letter and one of the three sectors."""

    code: str
    section: str
    sector: Sector

    @property
    def division(self) -> str:
        return self.code[:2]


def parse_industry_code(text: str) -> Industry:
    """Reads 2, 3 or 4 digits, with or without the section letter in front.

    >>> parse_industry_code("3612")
    Industry(code='3612', section='C', sector='secondary')
    >>> parse_industry_code("C43").sector, parse_industry_code("0511").sector
    ('tertiary', 'tertiary')
    """
    code = clean(text).upper()
    match = re.fullmatch(r"([A-T]?)([0-9]{2,4})", code)
    if match is None:
        raise BadValue(_("行业代码“%(code)s”应为 2—4 位数字，如 3612。"), key="industry.format", code=code)
    letter, digits = match.groups()
    division = int(digits[:2])
    if not 1 <= division <= _LAST_DIVISION:
        raise BadValue(
            _("行业代码“%(code)s”的大类“%(division)s”不在国民经济行业分类中。"), key="industry.division", code=code, division=digits[:2]
        )
    section = max(each for each, start in _SECTION_STARTS.items() if start <= division)
    if letter and letter != section:
        raise BadValue(
            _("行业代码“%(code)s”的大类属于门类 %(section)s，与所写的 %(letter)s 不符。"),
            key="industry.section",
            code=code,
            section=section,
            letter=letter,
        )
    return Industry(digits, section, _sector(section, division))


def _sector(section: str, division: int) -> Sector:
    if division in _SUPPORTING_DIVISIONS or section > "E":
        return "tertiary"
    return "primary" if section == "A" else "secondary"


# --- Document numbers -----------------------------------------------------------------------------------------------------------

_DOCUMENT_NUMBER = re.compile(r"([^\[\](){}【】〔〕]+?)\s*[\[(【〔]\s*(\d{4})\s*[\])】〕]\s*第?\s*(\d{1,6})\s*号", re.ASCII)


def normalise_document_number(text: str) -> str:
    """机关代字〔年份〕序号: hexagonal brackets, four-digit year, no leading zeros.

    >>> normalise_document_number("吉政办发[2022]021号"), normalise_document_number("长府发（2022） 第3号")
    ('吉政办发〔2022〕21号', '长府发〔2022〕3号')
    """
    written = clean(text)
    match = _DOCUMENT_NUMBER.fullmatch(written)
    if match is None or int(match[3]) == 0:
        raise BadValue(_("文号“%(number)s”格式不对，应形如 吉政办发〔2022〕21号。"), key="document_number.format", number=written)
    return f"{match[1].replace(' ', '')}〔{match[2]}〕{int(match[3])}号"


# --- Resident identity number, GB 11643 -----------------------------------------------------------------------------------------

_ID_WEIGHTS: Sequence[int] = [pow(2, 18 - place, 11) for place in range(1, 18)]
_ID_CHECKS = "10X98765432"


def parse_resident_id(text: str) -> str:
    """The normalised number when its form, birth date and check (ISO 7064 MOD 11-2) hold. No error repeats the number: it is private.

    >>> parse_resident_id("11010519491231002x")
    '11010519491231002X'
    """
    number = clean(text).replace(" ", "").upper()
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise BadValue(_("居民身份证号码应为 17 位数字加 1 位校验码。"), key="resident_id.format")
    try:
        date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        raise BadValue(_("居民身份证号码中的出生日期不存在，请核对。"), key="resident_id.birth") from None
    if number[17] != _ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(number[:17], _ID_WEIGHTS, strict=True)) % 11]:
        raise BadValue(_("居民身份证号码的校验码不符，请核对。"), key="resident_id.check")
    return number
