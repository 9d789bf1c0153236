"""What a page or file may show of a private value, and text made safe for spreadsheets.

A mask never shows more than its rule allows, whatever the input: what it does not recognise it hides.
"""

import re

from zhuanban.kernel.badvalue import clean

STAR = "*"

_COMPOUND_SURNAMES = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 "
    "钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 "
    "呼延 东郭 南门 羊舌 微生 梁丘 左丘 西门 第五 南荣 东里 即墨 达奚 褚师 纳兰 完颜 富察 叶赫 爱新觉罗"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND_SURNAMES.split())


def mask_phone(text: str) -> str:
    """First three and last four digits of a mobile number; of any other number the last two at most.

    >>> mask_phone("13812345678"), mask_phone("+86 138-1234-5678"), mask_phone("0431-88776655")
    ('138****5678', '138****5678', '****55')
    """
    digits = re.sub(r"[^0-9]", "", clean(text))
    mobile = re.fullmatch(r"(?:0*86)?(1[0-9]{2})[0-9]{4}([0-9]{4})", digits)
    if mobile:
        return f"{mobile[1]}{STAR * 4}{mobile[2]}"
    return _tail(digits, 2)


def mask_resident_id(text: str) -> str:
    """Area and the last four of an 18-character number; the birth date stays hidden.

    >>> mask_resident_id("22010219900101123x")
    '220102********123X'
    """
    number = clean(text).replace(" ", "").upper()
    if re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return number[:6] + STAR * 8 + number[14:]
    return _tail(number, 0)


def mask_name(text: str) -> str:
    """The surname and one star, so that the length of the given name is not told either.

    >>> mask_name("张三丰"), mask_name("欧阳修"), mask_name("欧阳"), mask_name("王")
    ('张*', '欧阳*', '欧*', '*')
    """
    name = clean(text)
    if len(name) <= 1:
        return STAR if name else ""
    surname = next((name[:size] for size in (4, 2) if len(name) > size and name[:size] in COMPOUND_SURNAMES), name[0])
    return surname + STAR


def mask_bank_card(text: str) -> str:
    """The last four digits of a card or account.

    >>> mask_bank_card("6222 0202 0001 2345 678")
    '****5678'
    """
    return _tail(re.sub(r"[^0-9A-Za-z]", "", clean(text)), 4)


_AREA_PART = (
    r"(?:[^省\d]{2,8}?(?:省|自治区))?(?:[^市\d]{2,8}?(?:市|自治州|盟))?"
    r"(?:路[南北桥]区|[^\d路街巷]{1,12}?(?<![小社园景校])(?:区|县|旗|市))?"
)
_STREET_PART = r"[^\d]{1,12}?(?:路街道|街街道|街道|大街|大路|大道|公路|胡同|路|街|巷|镇|乡)"
_TO_THE_STREET = re.compile(f"({_AREA_PART})({_STREET_PART})?")


def mask_address(text: str) -> str:
    """Down to the street, without number, building or room; what has no street shows its district at most.

    >>> mask_address("吉林省长春市绿园区青年路1234号3单元501室"), mask_address("长春市二道区幸福花园5栋")
    ('吉林省长春市绿园区青年路***', '长春市二道区***')
    """
    address = clean(text).replace(" ", "")
    match = _TO_THE_STREET.match(address)
    shown = match[0] if match else ""
    return shown + STAR * 3 if address else ""


def _tail(text: str, shown: int) -> str:
    """Four stars and the last characters, provided that twice as many more stay hidden."""
    if not text:
        return ""
    return STAR * 4 + (text[-shown:] if shown and len(text) >= 3 * shown else "")


_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def strip_forbidden(text: str) -> str:
    """The text without the characters that XML 1.0 forbids (controls, lone surrogates, U+FFFE, U+FFFF).

    One such character, once stored, would break every later spreadsheet of the table.

    >>> strip_forbidden("长春\\ufffe\\x00市")
    '长春市'
    """
    return _FORBIDDEN.sub("", text)


_PLAIN_NUMBER = re.compile(r"[+-]?[0-9][0-9,]*(?:\.[0-9]+)?%?|[+-]+")


def is_formula_like(text: str) -> bool:
    """Whether a spreadsheet might run the text as a formula; such text must be written as text. Plain signed numbers are harmless.

    >>> [is_formula_like(text) for text in ("=1+1", "@SUM(A1)", "＝cmd", " +1-HYPERLINK()", "-5.2", "长春", "-")]
    [True, True, True, True, False, False, False]
    """
    if text[:1] in ("\t", "\r", "\n"):
        return True
    plain = clean(text)
    return plain[:1] in ("=", "+", "-", "@") and not _PLAIN_NUMBER.fullmatch(plain)
