"""Types, units and bounds: from the tree as written to the tree as meant, or an error with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import NoReturn

from zhuanban.engines.eligibility import core, syntax
from zhuanban.engines.eligibility.errors import LanguageError
from zhuanban.engines.eligibility.language import parse
from zhuanban.engines.eligibility.schema import NUMERIC, PPM, ZH, Fact, Schema, Type, day_number

AS_OF = frozenset({"as_of", "基准日"})
ORDERS = frozenset({">=", "<=", ">", "<"})


@dataclass(frozen=True)
class Typed:
    """A number with what it measures."""

    node: core.Number
    type: Type


@dataclass
class Checker:
    """Checks expressions against a schema and a policy's parameters. Every method raises LanguageError."""

    schema: Schema
    params: Mapping[str, syntax.Node] = field(default_factory=dict)

    # -- entries --

    def condition(self, text: str) -> core.Condition:
        return self._condition(self._parse(text))

    def amount(self, text: str) -> core.Number:
        """An amount of money, not rounded yet. Raises where it is not money."""
        tree = self._parse(text)
        typed = self._number(tree)
        if typed.type not in {Type.MONEY, Type.NUMBER}:
            raise LanguageError(f"金额应是金额，这里是{ZH[typed.type]}", tree.at)
        return self._floor(typed.node)

    def _parse(self, text: str) -> syntax.Node:
        return parse(text, frozenset(self.schema.names) | AS_OF)

    # -- conditions --

    def _condition(self, node: syntax.Node) -> core.Condition:
        match node:
            case syntax.Truth(value):
                return core.Always(value)
            case syntax.Not(body):
                return core.Negated(self._condition(body))
            case syntax.Logic(word, parts):
                checked = tuple(self._condition(part) for part in parts)
                return core.All(checked) if word == "and" else core.Any_(checked)
            case syntax.Compare():
                return self._compare(node)
            case syntax.Among():
                return self._among(node)
            case syntax.Choice(condition, then, otherwise):
                test, yes, no = self._condition(condition), self._condition(then), self._condition(otherwise)
                return core.Any_((core.All((test, yes)), core.All((core.Negated(test), no))))
            case syntax.Call(name) if name in {"prefix", "has", "known"}:
                return self._test(node)
            case syntax.Param(name):
                return self._condition(replace(self._param(node), at=node.at))
            case syntax.Name():
                fact = self._fact(node)
                if fact.type is Type.BOOL:
                    return core.FactTrue(fact.name)
                raise LanguageError(f"“{node.name}”是{ZH[fact.type]}，要写出和什么比较", node.at)
        raise LanguageError("这里应是一个条件（能答是或否）", node.at)

    def _test(self, node: syntax.Call) -> core.Condition:
        fact = self._fact(node.args[0])
        if node.name == "known":
            return core.Known(fact.name)
        wanted = Type.INDUSTRY if node.name == "prefix" else Type.TAGS
        if fact.type is not wanted:
            raise LanguageError(f"“{fact.zh}”是{ZH[fact.type]}，这里要{ZH[wanted]}", node.args[0].at)
        words = tuple(self._word(each) for each in node.args[1:])
        if node.name == "prefix":
            for word, each in zip(words, node.args[1:], strict=True):
                if not word or not word.isascii() or not word.isalnum():
                    raise LanguageError(f"“{word}”不是行业代码", each.at)
            return core.Prefix(fact.name, tuple(sorted({word.upper() for word in words})))
        for word, each in zip(words, node.args[1:], strict=True):
            self._known_word(fact, word, each.at)
        return core.Has(fact.name, tuple(sorted(set(words))))

    def _among(self, node: syntax.Among) -> core.Condition:
        fact = self._fact(node.subject)
        words = tuple(self._word(each) for each in node.options)
        if fact.type is Type.INDUSTRY:
            return core.Prefix(fact.name, tuple(sorted({word.upper() for word in words})))
        if fact.type not in {Type.CODE, Type.TAGS}:
            raise LanguageError(f"“{fact.zh}”是{ZH[fact.type]}，不能用“属于”", node.at)
        for word, each in zip(words, node.options, strict=True):
            self._known_word(fact, word, each.at)
        unique = tuple(sorted(set(words)))
        return core.OneOf(fact.name, unique) if fact.type is Type.CODE else core.Has(fact.name, unique)

    def _compare(self, node: syntax.Compare) -> core.Condition:
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(other, syntax.Nothing):
                return self._absent(node, side)
        left, right = self._type_of(node.left), self._type_of(node.right)
        if left in NUMERIC and right in NUMERIC:
            return self._compare_numbers(node)
        if left is Type.DATE and right is Type.DATE:
            return core.CompareDays(node.op, self._day(node.left), self._day(node.right))
        if left is Type.CODE and isinstance(self._literal(node.right), syntax.Text):
            return self._compare_code(node)
        if left is Type.BOOL and right is Type.BOOL and node.op in {"=", "!="} and isinstance(node.right, syntax.Truth):
            same = node.right.value == (node.op == "=")
            return self._condition(node.left) if same else core.Negated(self._condition(node.left))
        raise LanguageError(f"{ZH[left]}不能和{ZH[right]}比较", node.at)

    def _absent(self, node: syntax.Compare, side: syntax.Node) -> core.Condition:
        fact = self._fact(side)
        if node.op not in {"=", "!="} or fact.type not in {Type.DATE, Type.CODE}:
            raise LanguageError("“无”只能用 = 或 != 和日期、代码比较", node.at)
        return core.IsNone(fact.name) if node.op == "=" else core.Negated(core.IsNone(fact.name))

    def _compare_code(self, node: syntax.Compare) -> core.Condition:
        fact, word = self._fact(node.left), self._word(node.right)
        self._known_word(fact, word, node.right.at)
        if node.op in {"=", "!="}:
            same = core.OneOf(fact.name, (word,))
            return same if node.op == "=" else core.Negated(same)
        if not fact.ordered:
            raise LanguageError(f"“{fact.zh}”没有高低之分，只能用 = 或 属于", node.at)
        place = fact.values.index(word)
        chosen = {
            ">=": fact.values[place:],
            ">": fact.values[place + 1 :],
            "<=": fact.values[: place + 1],
            "<": fact.values[:place],
        }[node.op]
        return core.Rank(fact.name, chosen, node.op, word)

    def _compare_numbers(self, node: syntax.Compare) -> core.Condition:
        """A ratio compares as a product: a / b >= r where b > 0 and a >= r x b."""
        (above, below), (top, bottom) = self._ratio(node.left), self._ratio(node.right)
        left_type = above.type if below is None else self._quotient(above, below, node.left.at)
        right_type = top.type if bottom is None else self._quotient(top, bottom, node.right.at)
        self._comparable(left_type, right_type, node)
        guards: list[core.Condition] = []
        left, right = above.node, top.node
        for divisor in (below, bottom):
            if divisor is not None:
                zero = core.Constant(value=0, scale=divisor.node.scale)
                guards.append(core.CompareNumbers(">", divisor.node, zero))
        if bottom is not None:
            left = self._times(left, bottom.node, node.at)
        if below is not None:
            right = self._times(right, below.node, node.at)
        left, right = self._same_scale(left, right, node.at)
        compared = core.CompareNumbers(node.op, left, right)
        return core.All((*guards, compared)) if guards else compared

    def _ratio(self, node: syntax.Node) -> tuple[Typed, Typed | None]:
        if isinstance(node, syntax.Arith) and node.op == "/" and not isinstance(self._literal(node.right), syntax.Number):
            return self._number(node.left), self._number(node.right)
        return self._number(node), None

    def _quotient(self, above: Typed, below: Typed, at: int) -> Type:
        if above.type == below.type or Type.NUMBER in {above.type, below.type}:
            return Type.RATE
        if above.type is Type.MONEY and below.type is Type.COUNT:
            return Type.MONEY
        raise LanguageError(f"{ZH[above.type]}不能除以{ZH[below.type]}", at)

    def _comparable(self, left: Type, right: Type, node: syntax.Compare) -> None:
        if left == right or (Type.NUMBER in {left, right} and Type.RATE not in {left, right}):
            return
        if Type.RATE in {left, right} and Type.NUMBER in {left, right}:
            literal = self._literal(node.right if right is Type.NUMBER else node.left)
            if isinstance(literal, syntax.Number) and (
                literal.value == 0 or "/" in {getattr(node.left, "op", ""), getattr(node.right, "op", "")}
            ):
                return
            raise LanguageError("比率要和百分数比较，例如 3%", node.at)
        raise LanguageError(f"{ZH[left]}不能和{ZH[right]}比较", node.at)

    # -- numbers --

    def _number(self, node: syntax.Node) -> Typed:
        match node:
            case syntax.Number():
                return self._literal_number(node)
            case syntax.Param():
                return self._number(replace(self._param(node), at=node.at))
            case syntax.Name():
                return self._fact_number(node)
            case syntax.Arith():
                return self._arith(node)
            case syntax.Choice(condition, then, otherwise):
                return self._either(self._condition(condition), self._number(then), self._number(otherwise), node.at)
            case syntax.Call():
                return self._call(node)
        raise LanguageError("这里应是一个数", node.at)

    def _literal_number(self, node: syntax.Number) -> Typed:
        scale = next((10**digits for digits in range(7) if (node.value * 10**digits).denominator == 1), 0)
        if not scale:
            raise LanguageError("小数位太多（最多六位）", node.at)
        value = int(node.value * scale)
        self._fits(value, value, node.at)
        return Typed(core.Constant(value=value, scale=scale, low=value, high=value), Type.RATE if node.percent else Type.NUMBER)

    def _fact_number(self, node: syntax.Name) -> Typed:
        fact = self._fact(node)
        if fact.type not in NUMERIC:
            raise LanguageError(f"“{node.name}”是{ZH[fact.type]}，不是数", node.at)
        scale = PPM if fact.type is Type.RATE else 1
        return Typed(core.FactNumber(name=fact.name, scale=scale, low=fact.least, high=fact.maximum), fact.type)

    def _arith(self, node: syntax.Arith) -> Typed:
        if node.op == "/":
            return self._divided(node)
        left, right = self._number(node.left), self._number(node.right)
        if node.op == "*":
            return Typed(self._times(left.node, right.node, node.at), self._product_type(left.type, right.type, node.at))
        kind = self._joint(left.type, right.type, node.at, "相加减")
        a, b = self._same_scale(left.node, right.node, node.at)
        minus = node.op == "-"
        low, high = (a.low - b.high, a.high - b.low) if minus else (a.low + b.low, a.high + b.high)
        self._fits(low, high, node.at)
        return Typed(core.Sum(left=a, right=b, minus=minus, scale=a.scale, low=low, high=high), kind)

    def _divided(self, node: syntax.Arith) -> Typed:
        """By a literal only, as a product with its inverse."""
        literal = self._literal(node.right)
        if not isinstance(literal, syntax.Number):
            raise LanguageError("除法只能用来和百分数或另一个比率比较，例如 研发费用/营业收入 >= 3%", node.at)
        if literal.value == 0:
            raise LanguageError("不能除以 0", node.at)
        inverse = self._literal_number(syntax.Number(Fraction(1) / literal.value, at=node.at))
        left = self._number(node.left)
        return Typed(self._times(left.node, inverse.node, node.at), left.type)

    def _call(self, node: syntax.Call) -> Typed:
        match node.name:
            case "min" | "max":
                return self._extreme(node)
            case "step" | "marginal":
                return self._tiers(node)
            case "year":
                return Typed(core.YearOf(day=self._day(node.args[0]), low=0, high=9999), Type.COUNT)
            case "coalesce":
                subject, otherwise = (self._number(each) for each in node.args)
                kind = self._joint(subject.type, otherwise.type, node.at, "互为缺省")
                a, b = self._same_scale(subject.node, otherwise.node, node.at)
                made = core.Default(subject=a, otherwise=b, scale=a.scale, low=min(a.low, b.low), high=max(a.high, b.high))
                return Typed(made, kind)
            case "floor":
                body = self._number(node.args[0])
                return Typed(self._floor(body.node), body.type)
        raise LanguageError("这里应是一个数", node.at)

    def _floor(self, node: core.Number) -> core.Number:
        if node.scale == 1 and node.low >= 0:
            return node
        return core.Floor(body=node, low=max(node.low, 0) // node.scale, high=max(node.high, 0) // node.scale)

    def _extreme(self, node: syntax.Call) -> Typed:
        parts = [self._number(each) for each in node.args]
        kind = parts[0].type
        for each in parts[1:]:
            kind = self._joint(kind, each.type, node.at, "比大小")
        scale = lcm(*(each.node.scale for each in parts))
        nodes = tuple(self._rescaled(each.node, scale, node.at) for each in parts)
        pick = max if node.name == "max" else min
        low, high = pick(each.low for each in nodes), pick(each.high for each in nodes)
        return Typed(core.Extreme(parts=nodes, greatest=node.name == "max", scale=scale, low=low, high=high), kind)

    def _tiers(self, node: syntax.Call) -> Typed:
        subject = self._number(node.args[0])
        starts = [self._number(low) for low, _value in node.tiers]
        values = [self._number(value) for _low, value in node.tiers]
        kind = Type.NUMBER
        for start, value, (low, _value) in zip(starts, values, node.tiers, strict=True):
            if not isinstance(start.node, core.Constant) or not isinstance(value.node, core.Constant):
                raise LanguageError("档次要写成数字或参数", low.at)
            self._joint(subject.type, start.type, low.at, "分档")
            kind = self._joint(kind, value.type, low.at, "放在同一组档次里")
        scale = lcm(subject.node.scale, *(each.node.scale for each in starts))
        body = self._rescaled(subject.node, scale, node.at)
        steps = [each.node.low * (scale // each.node.scale) for each in starts]
        if any(later <= earlier for earlier, later in pairwise(steps)):
            raise LanguageError("档次的起点要从低到高", node.at)
        unit = lcm(*(each.node.scale for each in values))
        paid = [each.node.low * (unit // each.node.scale) for each in values]
        tiers = tuple(zip(steps, paid, strict=True))
        if node.name == "step":
            return Typed(core.Step(subject=body, tiers=tiers, scale=unit, low=min(0, *paid), high=max(0, *paid)), kind)
        return self._marginal(node, subject.type, kind, body, tiers, unit)

    def _marginal(self, node: syntax.Call, subject: Type, rate: Type, body: core.Number, tiers: tuple, unit: int) -> Typed:
        if rate is not Type.RATE:
            raise LanguageError("累进的数值要是百分数", node.at)
        if any(value < 0 for _start, value in tiers):
            raise LanguageError("累进的比率不能是负数", node.at)
        high = max(0, body.high) * max(value for _start, value in tiers)
        self._fits(0, high, node.at)
        return Typed(core.Marginal(subject=body, tiers=tiers, scale=body.scale * unit, low=0, high=high), subject)

    def _either(self, condition: core.Condition, then: Typed, otherwise: Typed, at: int) -> Typed:
        kind = self._joint(then.type, otherwise.type, at, "二选一")
        a, b = self._same_scale(then.node, otherwise.node, at)
        low, high = min(a.low, b.low), max(a.high, b.high)
        return Typed(core.Either(condition=condition, then=a, otherwise=b, scale=a.scale, low=low, high=high), kind)

    # -- scales and bounds --

    def _times(self, left: core.Number, right: core.Number, at: int) -> core.Number:
        corners = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
        low, high = min(corners), max(corners)
        self._fits(low, high, at)
        return core.Product(left=left, right=right, scale=left.scale * right.scale, low=low, high=high)

    def _same_scale(self, left: core.Number, right: core.Number, at: int) -> tuple[core.Number, core.Number]:
        scale = lcm(left.scale, right.scale)
        return self._rescaled(left, scale, at), self._rescaled(right, scale, at)

    def _rescaled(self, node: core.Number, scale: int, at: int) -> core.Number:
        """The same value over another scale."""
        factor = scale // node.scale
        if factor == 1:
            return node
        if isinstance(node, core.Constant):
            value = node.value * factor
            self._fits(value, value, at)
            return core.Constant(value=value, scale=scale, low=value, high=value)
        self._fits(node.low * factor, node.high * factor, at)
        times = core.Constant(value=factor, low=factor, high=factor)
        return core.Product(left=node, right=times, scale=scale, low=node.low * factor, high=node.high * factor)

    def _fits(self, low: int, high: int, at: int) -> None:
        if max(abs(low), abs(high)) > core.LARGEST // 4:
            raise LanguageError("按事实的上限推算，这里的数可能超出六十四位整数；请给事实声明更小的上限，或改写式子", at)

    # -- kinds --

    def _joint(self, left: Type, right: Type, at: int, what: str) -> Type:
        if left == right or right is Type.NUMBER:
            return left
        if left is Type.NUMBER:
            return right
        raise LanguageError(f"{ZH[left]}和{ZH[right]}不能{what}", at)

    def _product_type(self, left: Type, right: Type, at: int) -> Type:
        kinds = {left, right}
        if kinds == {Type.MONEY}:
            raise LanguageError("金额不能乘金额", at)
        for kind in (Type.MONEY, Type.NUMBER, Type.COUNT):
            if kind in kinds:
                return kind
        return Type.RATE

    def _type_of(self, node: syntax.Node) -> Type:
        """What kind of value a side of a comparison is, told from its surface."""
        match self._literal(node):
            case syntax.Number(percent=percent):
                return Type.RATE if percent else Type.NUMBER
            case syntax.Day():
                return Type.DATE
            case syntax.Text():
                return Type.CODE
            case syntax.Nothing():
                return Type.NONE
            case syntax.Truth() | syntax.Not() | syntax.Logic() | syntax.Compare() | syntax.Among():
                return Type.BOOL
            case syntax.Name(name):
                return Type.DATE if name in AS_OF else self._fact(node).type
            case syntax.Call(name):
                return Type.DATE if name == "add_years" else Type.BOOL if name in {"prefix", "has", "known"} else Type.NUMBER
        return Type.NUMBER

    # -- names and words --

    def _day(self, node: syntax.Node) -> core.Day:
        match self._literal(node):
            case syntax.Day(value):
                return core.DayConstant(day_number(value))
            case syntax.Name(name) if name in AS_OF:
                return core.AsOf()
            case syntax.Name():
                fact = self._fact(node)
                if fact.type is not Type.DATE:
                    raise LanguageError(f"“{fact.zh}”是{ZH[fact.type]}，不是日期", node.at)
                return core.DayFact(fact.name)
            case syntax.Call("add_years", (day, years)):
                return core.LaterYears(self._day(day), self._years(years))
        raise LanguageError("这里应是一个日期", node.at)

    def _years(self, node: syntax.Node) -> int:
        negative = isinstance(node, syntax.Arith) and node.op == "-" and node.left == syntax.Number(Fraction(0))
        literal = self._literal(node.right if negative and isinstance(node, syntax.Arith) else node)
        if not isinstance(literal, syntax.Number) or literal.percent or literal.value.denominator != 1 or literal.value > 100:
            raise LanguageError("年数要是 100 以内的整数", node.at)
        return -int(literal.value) if negative else int(literal.value)

    def _fact(self, node: syntax.Node) -> Fact:
        if not isinstance(node, syntax.Name):
            raise LanguageError("这里应是一个事实的名称", node.at)
        fact = self.schema.get(node.name)
        if fact is None:
            self._unknown_name(node)
        return fact

    def _unknown_name(self, node: syntax.Name) -> NoReturn:
        near = sorted(name for name in self.schema.names if node.name in name or name in node.name)[:3]
        hint = f"，是不是{'、'.join(f'“{name}”' for name in near)}？" if near else ""
        raise LanguageError(f"没有“{node.name}”这个事实{hint}", node.at)

    def _param(self, node: syntax.Param) -> syntax.Node:
        if node.name not in self.params:
            raise LanguageError(f"参数表里没有“{node.name}”", node.at)
        return self.params[node.name]

    def _literal(self, node: syntax.Node) -> syntax.Node:
        """A parameter stands for its value."""
        return self._param(node) if isinstance(node, syntax.Param) else node

    def _word(self, node: syntax.Node) -> str:
        literal = self._literal(node)
        if not isinstance(literal, syntax.Text):
            raise LanguageError("这里应是带引号的文字", node.at)
        return literal.value

    def _known_word(self, fact: Fact, word: str, at: int) -> None:
        if fact.values and word not in fact.values:
            raise LanguageError(f"“{fact.zh}”没有“{word}”这个取值（有：{'、'.join(fact.values)}）", at)


def read_params(rows: Mapping[str, object]) -> dict[str, syntax.Node]:
    """Parameters as literals. Raises LanguageError, naming the parameter, where one is not a literal."""
    found: dict[str, syntax.Node] = {}
    for name, value in rows.items():
        try:
            node = parse(str(value))
        except LanguageError as error:
            raise LanguageError(f"参数“{name}”：{error.message}", error.position) from None
        if not isinstance(node, syntax.Number | syntax.Day | syntax.Text | syntax.Truth):
            node = syntax.Text(str(value))
        found[name] = node
    return found
