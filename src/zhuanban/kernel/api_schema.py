"""What the API takes and gives: bodies read off the verbs' forms, rows read off the listings' columns, and the shared answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any

from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from zhuanban.kernel.actions import Action
from zhuanban.kernel.errors import BadInput
from zhuanban.kernel.forms import PatchForm
from zhuanban.kernel.listings import Column, Listing
from zhuanban.kernel.words import clauses

MOST_ITEMS = 1000
MOST_ERRORS = 20
LARGEST = 2**31 - 1
"""The largest whole number that every database column of ours holds."""

# Characters that no text of ours may hold: controls other than tab and line ends, and what XML forbids (a stored one breaks every
# later spreadsheet).
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class Problem(BaseModel):
    """Why a call was refused, in the user's words; `error` is stable for machines."""

    error: str
    message: str
    fields: dict[str, list[str]] | None = None
    version: int | None = Field(None, description="The record's present version, where the one sent is stale.")


class Answer(BaseModel):
    """The record that a verb changed or made."""

    id: int | str
    ref: str
    version: int | None
    url: str
    repeated: bool = Field(False, description="The answer of an earlier call with the same Idempotency-Key; nothing was done again.")


class Event(BaseModel):
    """One link of a dossier's chain of events."""

    seq: int
    verb: str
    at: str
    actor: str
    subject: str
    data: dict[str, Any]
    hash: str


class Events(BaseModel):
    rows: list[Event]
    next: int | None = Field(description="Give it as `after` for the next page; null at the end.")


class FigureKind(BaseModel):
    """A figure's name and what it means."""

    name: str
    label: str
    unit: str
    definition: str
    listing: str
    paper: str
    url: str


class FigureValue(FigureKind):
    """A figure read from the records that the caller may see."""

    value: int | float | str | None
    printed: str
    parts: dict[str, int | float | str | None]
    evidence: int
    evidence_ids: list[int | str]
    as_of: str


class Figures(BaseModel):
    rows: list[FigureKind]


class Grant(BaseModel):
    role: str
    label: str
    scope: str


class Me(BaseModel):
    """Who is calling, and what the caller's roles allow somewhere."""

    username: str
    name: str
    roles: list[Grant]
    verbs: list[str]


# Bodies -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """How a form field stands in JSON: its type, more of its schema, and what is said of a value of another type."""

    type: Any
    words: str
    schema: dict[str, Any] = field(default_factory=dict)
    many: bool = False
    file: bool = False


_KEY = int | Annotated[str, Field(max_length=60)]
_TEXT_WORDS, _KEY_WORDS = gettext_noop("应为文本。"), gettext_noop("应为编号。")
_LIST_WORDS = gettext_noop("应为数组，且不能过长。")
TEXT = Kind(str, _TEXT_WORDS)
_WHOLE = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
KINDS: tuple[tuple[type[forms.Field], Kind], ...] = (
    (forms.FileField, Kind(str, _TEXT_WORDS, {"format": "binary"}, file=True)),
    (forms.ModelMultipleChoiceField, Kind(Annotated[list[_KEY], Field(max_length=MOST_ITEMS)], _LIST_WORDS, many=True)),
    (forms.MultipleChoiceField, Kind(Annotated[list[_KEY], Field(max_length=MOST_ITEMS)], _LIST_WORDS, many=True)),
    (forms.ModelChoiceField, Kind(_KEY, _KEY_WORDS)),
    (forms.BooleanField, Kind(bool, gettext_noop("应为 true 或 false。"))),
    (forms.ChoiceField, Kind(_KEY, _TEXT_WORDS)),
    (forms.DecimalField, Kind(Annotated[str, Field(max_length=60)] | int | float, gettext_noop("应为数字。"))),
    (forms.FloatField, Kind(float | int, gettext_noop("应为数字。"))),
    (forms.IntegerField, Kind(_WHOLE, gettext_noop("应为整数，且不能过大。"))),
    (forms.DateTimeField, Kind(str, _TEXT_WORDS, {"format": "date-time"})),
    (forms.DateField, Kind(str, _TEXT_WORDS, {"format": "date"})),
    (forms.EmailField, Kind(str, _TEXT_WORDS, {"format": "email"})),
)


def kind_of(form_field: forms.Field) -> Kind:
    return next((kind for known, kind in KINDS if isinstance(form_field, known)), TEXT)


class Body:
    """What a verb takes, read off its form. Types and names are checked here, values by the form."""

    def __init__(self, known: Action) -> None:
        self.known = known
        self.fields: dict[str, forms.Field] = dict(known.form.base_fields) if known.form else {}
        self.kinds = {name: kind_of(each) for name, each in self.fields.items()}
        self.files = {name for name, kind in self.kinds.items() if kind.file}
        self.patch = known.form is not None and issubclass(known.form, PatchForm)

    @property
    def needs_file(self) -> bool:
        """Whether a file must come along, so that the body can only be multipart."""
        return not self.patch and any(self.fields[name].required for name in self.files)

    @cached_property
    def model(self) -> type[BaseModel]:
        """The body without files, as JSON."""
        return self._model("", [name for name in self.fields if name not in self.files])

    def _model(self, suffix: str, names: list[str]) -> type[BaseModel]:
        given: Any = {f"field_{name}": self._field(name) for name in names}
        return create_model(_camel(self.known.name) + suffix, __config__=ConfigDict(strict=True, extra="forbid"), **given)

    def _field(self, name: str) -> tuple[Any, Any]:
        known, kind = self.fields[name], self.kinds[name]
        about: dict[str, Any] = {
            "alias": name,
            "title": str(known.label or name),
            "json_schema_extra": _telling(kind.schema | _limits(known)),
        }
        if words := _description(known):
            about["description"] = words
        # A required field of a form over an existing row may be left out, but not emptied.
        if known.required:
            return (kind.type, Field(None, **about) if self.patch else Field(**about))
        return (kind.type | None, Field(None, **about))

    @cached_property
    def content(self) -> dict[str, Any]:
        """The body's schemas by media type, for the OpenAPI document."""
        found: dict[str, Any] = {}
        if not self.needs_file:
            found["application/json"] = {"schema": self.model.model_json_schema()}
        if self.files:
            found["multipart/form-data"] = {"schema": self._model("Parts", list(self.fields)).model_json_schema()}
        return found

    def check(self, given: dict[str, Any]) -> QueryDict:
        """The JSON object as a form takes it. Raises BadInput for fields that are unknown or of another type."""
        try:
            self.model.model_validate(given)
        except ValidationError as wrong:
            errors = wrong.errors(include_url=False, include_context=False, include_input=False)
            # What is missing is told by the form, together with all values that are wrong.
            told = {
                str(each["loc"][0])[:60]: [self._words(str(each["loc"][0]), each["type"])] for each in errors if each["type"] != "missing"
            }
            if told:
                raise BadInput(dict(list(told.items())[:MOST_ERRORS])) from None
        data = QueryDict(mutable=True)
        for name, value in given.items():
            if self.kinds[name].many:
                data.setlist(name, [_as_typed(item) for item in value or []])
            else:
                data[name] = _as_typed(value)
        refuse_forbidden(data)
        return data

    def _words(self, name: str, error: str) -> str:
        return _("不认识的字段。") if error == "extra_forbidden" or name not in self.kinds else _(self.kinds[name].words)


def _as_typed(value: Any) -> str:
    """A JSON value as a person would have typed it; null empties the field."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def refuse_forbidden(data: QueryDict) -> None:
    """Raises BadInput where a text holds a character that can be neither stored nor exported."""
    wrong = [name for name, values in data.lists() if any(FORBIDDEN.search(str(value)) for value in [name, *values])]
    if wrong:
        raise BadInput({FORBIDDEN.sub("", name)[:60]: [_("含有不能保存的控制字符，请去掉后重试。")] for name in wrong[:MOST_ERRORS]})


def _telling(more: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Adds to a field's schema, and takes away the default: leaving a field out is not sending null."""

    def tell(schema: dict[str, Any]) -> None:
        schema.pop("default", None)
        schema.update(more)

    return tell


def _limits(known: forms.Field) -> dict[str, Any]:
    """What the form checks and the document tells: lengths, bounds, choices."""
    told = {"maxLength": getattr(known, "max_length", None)}
    if isinstance(known, forms.IntegerField):
        told |= {"minimum": _number(known.min_value), "maximum": _number(known.max_value)}
    if values := [value for value, _label in _choices(known)]:
        told["enum"] = values if known.required else [*values, "", None]
    if isinstance(known, forms.MultipleChoiceField):
        told = {"items": {"enum": told["enum"]}} if "enum" in told else {}
    return {name: value for name, value in told.items() if value is not None}


def _number(bound: Any) -> int | float | None:
    """A bound as a plain number; one that is computed is left out."""
    if bound is None or callable(bound):
        return None
    return int(bound) if bound == int(bound) else float(bound)


def _choices(known: forms.Field) -> list[tuple[Any, str]]:
    """The choices that stand in the form's declaration; those that are asked of the database are not told."""
    if not isinstance(known, forms.ChoiceField) or isinstance(known, forms.ModelChoiceField) or not isinstance(known.choices, list):
        return []
    flat = [pair for value, label in known.choices for pair in (label if isinstance(label, list | tuple) else [(value, label)])]
    return [(value if isinstance(value, int) else str(value), str(label)) for value, label in flat if value not in ("", None)]


def _description(known: forms.Field) -> str:
    labels = clauses(f"{value} {label}" for value, label in _choices(known))
    return " ".join(part for part in (str(known.help_text), labels) if part)


# Rows ---------------------------------------------------------------------------------------------------------------

_CELL = str | None
COLUMN_TYPES: dict[str, Any] = {"money": _CELL, "date": _CELL, "number": int | float | str | None, "percent": int | float | str | None}
ANY_CELL = bool | int | float | str | list[Any] | None
_DISPLAY = re.compile(r"(?:(.*)__)?get_(\w+)_display")


def row_model(known: Listing) -> type[BaseModel]:
    """One row: every column by its name, and the record's id, number, version and page."""
    cells: Any = {
        column.name: (COLUMN_TYPES.get(column.kind, ANY_CELL), Field(title=str(column.label), description=_column_words(column)))
        for column in known.columns
    }
    cells |= {"id": (int | str, ...), "ref": (str, ...), "version": (int | None, ...), "url": (str, ...)}
    return create_model(_camel(known.name) + "Row", **cells)


def page_model(known: Listing, row: type[BaseModel]) -> type[BaseModel]:
    return create_model(
        _camel(known.name) + "Page",
        rows=(list[row], ...),  # type: ignore[valid-type]
        next=(str, Field(description="Give it as `after` for the next page; empty at the end.")),
        count=(int | None, Field(None, description="All rows that pass the filters, where it was asked for.")),
    )


def _column_words(column: Column) -> str | None:
    return {"money": _("元"), "date": _("ISO 日期，精确到日、月或年"), "percent": "%"}.get(column.kind)


def raw(column: Column, row: Any) -> Any:
    """A cell for machines: a choice by its code, everything else as `plain` gives it."""
    if shown := _DISPLAY.fullmatch(column.path or column.name):
        path = "__".join(part for part in shown.groups() if part)
        return plain(Column(column.name, column.label, path=path).value(row))
    return plain(column.value(row))


def plain(value: Any) -> Any:
    """A value as JSON has it: unknown is null, decimals are strings that lose nothing, dates are ISO of their precision."""
    if value is None or value == "":
        return None
    if isinstance(value, bool | int | float) or type(value) is str:
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | models.QuerySet):
        return [plain(item) for item in value]
    return str(value)


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[._]", name))
