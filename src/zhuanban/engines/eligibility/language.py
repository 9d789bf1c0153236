"""Reads an expression: a Pratt parser for conditions and amounts, in Chinese and English words.

::

    expr  := or ;  or := and {或|or and} ;  and := not {且|and not} ;  not := [非|not] compared
    compared := sum [(>= <= > < = !=) sum | 属于|in '[' literal, … ']']
    sum   := product {(+|-) product} ;  product := atom {(*|/) atom}
    atom  := number[万|亿|%|‰] | date | 'text' | none | 真 | 假 | fact | $param | f(args) | (expr) | 若|if e 则|then e 否则|else e
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from zhuanban.engines.eligibility.errors import LanguageError
from zhuanban.engines.eligibility.syntax import (
    Among,
    Arith,
    Call,
    Choice,
    Compare,
    Day,
    Logic,
    Name,
    Node,
    Not,
    Nothing,
    Number,
    Param,
    Text,
    Truth,
)

MOST_TOKENS = 2_000
DEEPEST = 40
MOST_TERMS = 60
LONGEST = 20_000
MOST_DIGITS = 18

WORDS: Final = {
    "且": "and", "and": "and", "并且": "and", "或": "or", "or": "or", "或者": "or", "非": "not", "not": "not", "属于": "in", "in": "in",
    "若": "if", "if": "if", "则": "then", "then": "then", "否则": "else", "else": "else", "none": "none", "无": "none",
    "真": "true", "true": "true", "假": "false", "false": "false",
}  # fmt: skip
FUNCTIONS: Final = {
    "prefix": "prefix", "行业前缀": "prefix", "has": "has", "含": "has", "min": "min", "最小": "min", "max": "max", "最大": "max",
    "step": "step", "分档": "step", "marginal": "marginal", "累进": "marginal", "year": "year", "年份": "year",
    "add_years": "add_years", "加年": "add_years", "known": "known", "已知": "known", "coalesce": "coalesce", "缺省": "coalesce",
    "floor": "floor", "取整": "floor",
}  # fmt: skip
"""What each function may be called; the canonical word is the value."""
TIERED = frozenset({"step", "marginal"})
ARITY: Final = {
    "prefix": (2, 12), "has": (2, 12), "min": (2, 12), "max": (2, 12), "year": (1, 1), "add_years": (2, 2), "known": (1, 1), "coalesce": (2, 2), "floor": (1, 1),
}  # fmt: skip
COMPARISONS: Final = {">=": ">=", "≥": ">=", "<=": "<=", "≤": "<=", ">": ">", "<": "<", "=": "=", "==": "=", "!=": "!=", "≠": "!="}
_FULL_WIDTH: Final = str.maketrans("（），：［］＞＜＝＋－＊／％　【】“”‘’", "(),:[]><=+-*/% []''''")

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<date>\d{4}-\d{2}-\d{2})
    | (?P<number>\d+(?:\.\d+)?\s*(?:万|亿|%|‰)?(?:元)?)
    | (?P<text>'(?:[^'\\]|\\.)*')
    | \$(?P<param>[^\W\d]\w*)
    | (?P<op>>=|<=|==|!=|≥|≤|≠|[><=+\-*/(),:\[\]])
    | (?P<word>[^\W\d]\w*)
    )""",
    re.VERBOSE,
)
_KEYWORDS_INSIDE = re.compile(r"(属于|并且|或者|否则|且|或|则)")


class Token(NamedTuple):
    kind: str
    text: str
    at: int


def tokens(text: str) -> list[Token]:
    """The words of an expression. Raises LanguageError at what cannot be one."""
    if len(text) > LONGEST:
        raise LanguageError(f"表达式太长（最多 {LONGEST} 个字）", LONGEST)
    plain, found, at = text.translate(_FULL_WIDTH), [], 0
    end = len(plain.rstrip())
    while at < end:
        match = _TOKEN.match(plain, at)
        if not match or match.end() == at:
            at += len(plain[at:]) - len(plain[at:].lstrip())
            raise LanguageError(f"读不懂“{text[at]}”" if plain[at] != "'" else "引号没有配对", at)
        kind = str(match.lastgroup)
        found.append(Token(kind, match.group(kind), match.start(kind)))
        at = match.end()
        if len(found) > MOST_TOKENS:
            raise LanguageError(f"表达式太长（最多 {MOST_TOKENS} 个词）", found[-1].at)
    return found


def parse(text: str, names: frozenset[str] | None = None) -> Node:
    """The tree of an expression. `names` are the facts' names, which tell a Chinese name from a keyword that it may hold.

    Raises LanguageError with position and a message.

    >>> parse("营业收入 >= 2000万 且 高新技术企业")
    Logic(at=14, word='and', parts=(Compare(at=5, op='>=', left=Name(at=0, name='营业收入'), right=Number(at=8, value=Fraction(20000000, 1), percent=False)), Name(at=16, name='高新技术企业')))
    """
    if not text.strip():
        raise LanguageError("表达式是空的", 0)
    reader = _Reader(_split_words(tokens(text), names or frozenset()), len(text))
    tree = reader.expression()
    if reader.left():
        raise LanguageError(f"“{reader.peek().text}”多余，或前面少了“且”“或”", reader.peek().at)
    return tree


def _split_words(found: list[Token], names: frozenset[str]) -> list[Token]:
    """Chinese has no spaces: 营业收入属于… is a name and a keyword, unless the whole is a fact's name."""
    result: list[Token] = []
    for token in found:
        if token.kind != "word" or token.text in names or token.text in WORDS or token.text in FUNCTIONS or token.text.isascii():
            result.append(token)
        else:
            result.extend(_pieces(token, names))
    return result


def _pieces(token: Token, names: frozenset[str]) -> list[Token]:
    """The longest known names and keywords from the left; what fits nothing stays whole, as an unknown name."""
    pieces, at, text = [], 0, token.text
    while at < len(text):
        for end in range(len(text), at, -1):
            piece = text[at:end]
            if piece in names or piece in WORDS or piece in FUNCTIONS:
                break
        else:
            nearest = _KEYWORDS_INSIDE.search(text, at)
            end = nearest.start() if nearest and nearest.start() > at else len(text)
            piece = text[at:end]
        pieces.append(Token("word", piece, token.at + at))
        at = end
    return pieces


class _Reader:
    """Walks the tokens once."""

    def __init__(self, found: list[Token], end: int) -> None:
        self.found, self.end, self.place, self.depth = found, end, 0, 0

    # -- the tokens --

    def left(self) -> bool:
        return self.place < len(self.found)

    def peek(self) -> Token:
        return self.found[self.place] if self.left() else Token("end", "", self.end)

    def take(self) -> Token:
        token = self.peek()
        self.place += 1
        return token

    def keyword(self, *words: str) -> str:
        token = self.peek()
        word = WORDS.get(token.text, "") if token.kind == "word" else ""
        return word if word in words else ""

    def symbol(self, *symbols: str) -> bool:
        token = self.peek()
        return token.kind == "op" and token.text in symbols

    def expect(self, symbol: str) -> Token:
        if not self.symbol(symbol):
            raise LanguageError(f"这里应有“{symbol}”", self.peek().at)
        return self.take()

    # -- the grammar --

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise LanguageError(f"嵌套太深（最多 {DEEPEST} 层）", self.peek().at)
        tree = self.chain("or", lambda: self.chain("and", self.negation))
        self.depth -= 1
        return tree

    def chain(self, word: str, part: Callable[[], Node]) -> Node:
        first, at = part(), -1
        parts = [first]
        while self.keyword(word):
            at = self.take().at if at < 0 else (self.take(), at)[1]
            parts.append(part())
        return first if len(parts) == 1 else Logic(word, tuple(parts), at=at)

    def negation(self) -> Node:
        if not self.keyword("not"):
            return self.compared()
        token = self.take()
        self.depth += 1
        if self.depth > DEEPEST:
            raise LanguageError(f"嵌套太深（最多 {DEEPEST} 层）", token.at)
        body = self.negation()
        self.depth -= 1
        return Not(body, at=token.at)

    def compared(self) -> Node:
        left = self.total()
        token = self.peek()
        if token.kind == "op" and token.text in COMPARISONS:
            self.take()
            made: Node = Compare(COMPARISONS[token.text], left, self.total(), at=token.at)
        elif self.keyword("in"):
            made = self.among(left)
        else:
            return left
        again = self.peek()
        if (again.kind == "op" and again.text in COMPARISONS) or self.keyword("in"):
            raise LanguageError("不能连着比较，请用“且”分开写", again.at)
        return made

    def among(self, subject: Node) -> Node:
        token = self.take()
        self.expect("[")
        options = [self.total()]
        while self.symbol(","):
            self.take()
            options.append(self.total())
        self.expect("]")
        return Among(subject, tuple(options), at=token.at)

    def total(self) -> Node:
        return self.row(self.product, "+", "-")

    def product(self) -> Node:
        return self.row(self.atom, "*", "/")

    def row(self, part: Callable[[], Node], *symbols: str) -> Node:
        """Terms joined from the left; so many at most, since each makes the tree deeper."""
        left, terms = part(), 1
        while self.symbol(*symbols):
            token, terms = self.take(), terms + 1
            if terms > MOST_TERMS:
                raise LanguageError(f"加减乘除的项太多（最多 {MOST_TERMS} 项）", token.at)
            left = Arith(token.text, left, part(), at=token.at)
        return left

    def atom(self) -> Node:
        token = self.take()
        match token.kind:
            case "number":
                return _number(token)
            case "date":
                return Day(_day(token), at=token.at)
            case "text":
                return Text(re.sub(r"\\(.)", r"\1", token.text[1:-1]), at=token.at)
            case "param":
                return Param(token.text, at=token.at)
            case "word":
                return self.word(token)
            case "op" if token.text == "(":
                inner = self.expression()
                self.expect(")")
                return inner
            case "op" if token.text == "-" and self.peek().kind == "number":
                return Arith("-", Number(Fraction(0), at=token.at), self.atom(), at=token.at)
        raise LanguageError("表达式没有写完" if token.kind == "end" else f"这里不应是“{token.text}”", token.at)

    def word(self, token: Token) -> Node:
        known = WORDS.get(token.text)
        if known == "none":
            return Nothing(at=token.at)
        if known in {"true", "false"}:
            return Truth(known == "true", at=token.at)
        if known == "if":
            return self.choice(token)
        if known:
            raise LanguageError(f"这里不应是“{token.text}”", token.at)
        if self.symbol("("):
            return self.call(token)
        return Name(token.text, at=token.at)

    def choice(self, token: Token) -> Node:
        condition = self.expression()
        self.expect_word("then", "则")
        then = self.expression()
        self.expect_word("else", "否则")
        return Choice(condition, then, self.expression(), at=token.at)

    def expect_word(self, word: str, shown: str) -> None:
        if not self.keyword(word):
            raise LanguageError(f"这里应有“{shown}”", self.peek().at)
        self.take()

    def call(self, token: Token) -> Node:
        name = FUNCTIONS.get(token.text)
        if name is None:
            raise LanguageError(f"没有“{token.text}”这个函数", token.at)
        self.expect("(")
        args: list[Node] = []
        tiers: list[tuple[Node, Node]] = []
        while not self.symbol(")"):
            if args or tiers:
                self.expect(",")
            value = self.expression()
            if self.symbol(":"):
                self.take()
                tiers.append((value, self.expression()))
            elif tiers:
                raise LanguageError("档次要写成“起点:数值”", self.peek().at)
            else:
                args.append(value)
        self.expect(")")
        _check_shape(name, token, args, tiers)
        return Call(name, tuple(args), tuple(tiers), at=token.at)


def _check_shape(name: str, token: Token, args: list[Node], tiers: list[tuple[Node, Node]]) -> None:
    if name in TIERED:
        if len(args) != 1 or not tiers:
            raise LanguageError(f"“{token.text}”要写成 {token.text}(数, 起点:数值, …)", token.at)
        return
    least, most = ARITY[name]
    if tiers:
        raise LanguageError(f"“{token.text}”里不能有档次", token.at)
    if not least <= len(args) <= most:
        wanted = str(least) if least == most else f"{least} 到 {most}"
        raise LanguageError(f"“{token.text}”要 {wanted} 个参数，这里有 {len(args)} 个", token.at)


def _number(token: Token) -> Number:
    text = token.text.removesuffix("元").strip()
    percent, factor = False, Fraction(1)
    for suffix, times, is_rate in (
        ("万", Fraction(10**4), False),
        ("亿", Fraction(10**8), False),
        ("%", Fraction(1, 100), True),
        ("‰", Fraction(1, 1000), True),
    ):
        if text.endswith(suffix):
            text, factor, percent = text.removesuffix(suffix).strip(), times, is_rate
    if sum(map(str.isdigit, text)) > MOST_DIGITS:
        raise LanguageError("数太长", token.at)
    return Number(Fraction(text) * factor, percent, at=token.at)


def _day(token: Token) -> date:
    try:
        return date.fromisoformat(token.text)
    except ValueError:
        raise LanguageError(f"没有“{token.text}”这一天", token.at) from None
