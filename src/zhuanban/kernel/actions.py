"""Actions: a verb that changes state is one function with one name.

The name is the permission, the page, the REST operation, the event and the test id. One order for every call, however it
comes in: lock the row, may this person, may it be done now, do it, record one event, notify.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeAlias

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from zhuanban.kernel import access, clock, notices, timeline
from zhuanban.kernel.errors import BadInput, Failure, KeyReused, NotYours, Refused, Stale, Unknown, VersionMissing
from zhuanban.kernel.forms import ActionForm
from zhuanban.kernel.models import Dossier, StoredAnswer
from zhuanban.kernel.people import Person
from zhuanban.kernel.words import Words

log = logging.getLogger(__name__)
REGISTRY: dict[str, Action] = {}
Run: TypeAlias = Callable[..., Any]
LONGEST_ID = 18
"""Digits of the largest id that fits a column, and more than any area's key: what is longer names no row."""
NEVER_RECORDED = {
    *("version", "created_at", "updated_at", "created_by", "updated_by", "search_text", "head_seq", "head_hash", "changed_at"),
    *("password", "phone", "totp_secret"),
}

EVERYBODY, PARTIES, INSIDE, WORKERS = "everybody", "parties", "inside", "workers"
"""Who reads the events of a verb: whoever sees the dossier; the offices and whoever may act on the dossier, such as its owner; the
offices alone; the parties without offices that were let in for something of their own."""


@dataclass(frozen=True)
class Action:
    """What is known of a verb. `when` answers with the reason against, or nothing; `who` with the reason why it is not this person's
    to do, where role and scope do not tell (only the holder answers); `creates` says that the row made is returned; `readers` are
    those who read its events: everybody who sees the dossier, the parties, or the city's own offices.
    """

    name: str
    on: type[models.Model]
    label: Words
    form: type[ActionForm] | None
    when: Callable[[Any], str] | None
    creates: type[models.Model] | None
    help: Words
    danger: bool
    run: Run
    who: Callable[[Any, Any], str] | None = None
    readers: str = EVERYBODY

    @property
    def noun(self) -> str:
        return self.on._meta.model_name or ""

    @property
    def module(self) -> str:
        return self.name.partition(".")[0]

    @property
    def verb(self) -> str:
        return self.name.partition(".")[2]

    def reason_against(self, target: Any) -> str:
        """Why it may not be done now, in the user's words; empty when it may."""
        return str(self.when(target) or "") if self.when else ""

    def allowed(self, user: Person, target: Any) -> bool:
        return self.name in user.verbs and access.may_act(user, self.name, target.dossier) and not self.not_theirs(user, target)

    def not_theirs(self, user: Person, target: Any) -> str:
        """Why it is not this person's to do, in the user's words; empty when it is, as far as role and scope allow."""
        return str(self.who(user, target) or "") if self.who else ""

    def make_form(self, user: Person, target: Any, data: Any = None, files: Any = None, **options: Any) -> ActionForm | None:
        """The form, narrowed by user and target."""
        return self.form(data, files, user=user, target=target, **options) if self.form else None


def action(
    name: str,
    *,
    on: type[models.Model],
    label: Words,
    form: type[ActionForm] | None = None,
    when: Callable[[Any], str] | None = None,
    creates: type[models.Model] | None = None,
    help: Words = "",
    danger: bool = False,
    who: Callable[[Any, Any], str] | None = None,
    readers: str = EVERYBODY,
) -> Callable[[Run], Run]:
    """Make a function a verb. It takes its target first and everything else by keyword, `by` among them."""

    def register(function: Run) -> Run:
        @wraps(function)
        def call(target: Any, *, by: Person | None, **given: Any) -> Any:
            return _perform(REGISTRY[name], function, target, by=by, given=given)

        REGISTRY[name] = Action(name, on, label, form, when, creates, help or inspect.getdoc(function) or "", danger, call, who, readers)
        return call

    return register


_seen_version: ContextVar[int | None] = ContextVar("seen_version", default=None)


@transaction.atomic
def _perform(known: Action, function: Run, target: Any, *, by: Person | None, given: dict[str, Any]) -> Any:
    row: Any = known.on._default_manager.select_for_update().get(pk=target.pk)
    dossier = row.dossier
    if by is not None and not by.robot and not known.allowed(by, row):
        raise NotYours(known.not_theirs(by, row))
    seen = _seen_version.get()
    if seen is not None and seen != row.version:
        raise Stale(row.version)
    if reason := known.reason_against(row):
        raise Refused(reason)
    before = snapshot(row)
    token = _seen_version.set(None)
    try:
        result = function(row, by=by, **given)
    finally:
        _seen_version.reset(token)
    changes = {} if known.creates else difference(before, snapshot(row))
    if changes and hasattr(row, "version"):
        row.version += 1
        stamps = {"version": row.version}
        if hasattr(row, "updated_at"):
            stamps |= {"updated_at": clock.now(), "updated_by_id": by.pk if by else None}
        type(row)._default_manager.filter(pk=row.pk).update(**stamps)
    subject, home = (result, result.dossier) if known.creates else (row, dossier)
    detail: dict[str, Any] = {"changes": changes} if changes else {}
    said = {key: _said(value) for key, value in given.items() if value not in (None, "", []) and key not in NEVER_RECORDED}
    event = timeline.record(home, known.name, by=by, subject=label_of(subject, home), **detail, said=said)
    copy_state(row, target)
    notices.tell(known.name, subject, by=by, event=event)
    return result


def copy_state(fresh: models.Model, target: models.Model) -> None:
    """Let the caller's instance show what the verb wrote."""
    if fresh is not target:
        target.__dict__.update({key: value for key, value in fresh.__dict__.items() if not key.startswith("_prefetched")})


def label_of(subject: Any, home: Dossier) -> str:
    """How an event names a child row; empty when the subject is the dossier's own row."""
    return (
        ""
        if getattr(subject, "pk", None) == home.pk and hasattr(subject, "dossier_id") and subject._meta.pk.name == "dossier"
        else f"{subject._meta.label_lower}:{subject.pk}"
    )


def snapshot(row: models.Model) -> dict[str, Any]:
    """The row's own columns by name; foreign keys by their key."""
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in NEVER_RECORDED and not field.generated
    }


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    return {key: [before[key], after[key]] for key in after if before[key] != after[key]}


def _said(value: Any) -> Any:
    """What the event keeps of an argument: plain values, and rows and files by their name."""
    if isinstance(value, models.Model):
        return f"{value._meta.label_lower}:{value.pk}"
    if isinstance(value, dict):
        return {str(key): _said(item) for key, item in value.items()}
    if isinstance(value, models.QuerySet | list | tuple | set):
        return [_said(item) for item in value]
    if hasattr(value, "name"):
        return value.name
    return str(value) if hasattr(value, "precision") else value


def find(name: str) -> Action:
    if name not in REGISTRY:
        raise Unknown()
    return REGISTRY[name]


def target_for(known: Action, user: Person, pk: Any) -> Any:
    """The row a person names, if they may see it."""
    if len(str(pk)) > LONGEST_ID or "\0" in str(pk):
        raise Unknown()
    manager = known.on._default_manager
    rows = manager.visible_to(user) if hasattr(manager.all(), "visible_to") else manager.all()  # type: ignore[attr-defined]
    try:
        return rows.get(pk=pk)
    except (known.on.DoesNotExist, ValueError):  # type: ignore[attr-defined]
        raise Unknown() from None


def submit(name: str, user: Person, pk: Any, data: Any, files: Any = None, *, version: int | None, key: str = "") -> dict[str, Any]:
    """A call from a page or the API: idempotent by key, checked by version, its answer a small dict.

    Raises Unknown 404, NotYours 403, BadInput 422, VersionMissing 428, Stale or Refused or KeyReused 409.
    """
    known = find(name)
    request_hash = _request_hash(name, pk, data, files)
    if key and (answer := _answer_of(user, key, request_hash)):
        return answer
    try:
        target, fields, seen = _prepare(known, user, pk, data, files, version)
        with transaction.atomic():
            answer = _do(known, target, fields, seen, user)
            if key:
                StoredAnswer.objects.create(user_id=user.pk, key=key, verb=name, request_hash=request_hash, answer=answer, at=clock.now())
        return answer
    except (IntegrityError, Failure) as lost:
        if key and (answer := _answer_of(user, key, request_hash)):  # the same click came in twice and the other was quicker
            return answer
        if isinstance(lost, Failure):
            raise
        log.warning("%s on %s met a row that is already there: %s", name, pk, lost)
        raise Refused(_("与刚刚写入的另一条记录冲突，请刷新后再办。")) from None


def _prepare(known: Action, user: Person, pk: Any, data: Any, files: Any, version: int | None) -> tuple[Any, dict[str, Any], int | None]:
    """Everything that can be refused before a lock is taken; uploads are received here, so that the lock is short."""
    target = target_for(known, user, pk)
    if not known.allowed(user, target):
        raise NotYours(known.not_theirs(user, target))
    versioned = not known.creates and hasattr(target, "version")
    if versioned and version is None:
        raise VersionMissing()
    if versioned and version != target.version:
        raise Stale(target.version)
    if reason := known.reason_against(target):
        raise Refused(reason)
    form = known.make_form(user, target, data, files)
    if form is not None and not form.is_valid():
        raise BadInput({field: [str(text) for text in texts] for field, texts in form.errors.items()})
    return target, form.cleaned_data if form is not None else {}, version if versioned else None


def _do(known: Action, target: Any, fields: dict[str, Any], seen: int | None, user: Person) -> dict[str, Any]:
    token = _seen_version.set(seen)
    try:
        result = known.run(target, by=user, **fields)
    finally:
        _seen_version.reset(token)
    row = result if known.creates else target
    return {"id": row.pk, "ref": getattr(row, "ref", ""), "version": getattr(row, "version", None), "url": address_of(row)}


def address_of(row: Any) -> str:
    return row.get_absolute_url() if hasattr(row, "get_absolute_url") else ""


def _answer_of(user: Person, key: str, request_hash: str) -> dict[str, Any] | None:
    stored = StoredAnswer.objects.filter(user=user.pk, key=key).first()
    if stored is None:
        return None
    if stored.request_hash != request_hash:
        raise KeyReused()
    return {**stored.answer, "repeated": True}


def _request_hash(name: str, pk: Any, data: Any, files: Any) -> str:
    """What makes two submissions the same: verb, target, fields, and files by name and size."""
    lists = data.lists() if hasattr(data, "lists") else data.items()
    fields = sorted((key, str(value)) for key, value in lists if not key.startswith(("_", "csrf")))
    uploads = sorted((field, upload.name, upload.size) for field, upload in (files or {}).items())
    return hashlib.sha256(json.dumps([name, str(pk), fields, uploads]).encode()).hexdigest()


def offered(user: Person, target: Any, *names: str) -> list[dict[str, Any]]:
    """The buttons of a page: the verbs a person's roles allow on this row, each with the reason why not now."""
    return offered_each(user, [target], *names)[0]


def offered_each(user: Person, targets: list[Any], *names: str) -> list[list[dict[str, Any]]]:
    """The buttons of several rows of one kind inside one dossier: rights are read once for all of them."""
    if not targets:
        return []
    chosen = [REGISTRY[name] for name in names] if names else [known for known in REGISTRY.values() if known.on is type(targets[0])]
    mine = [known for known in chosen if known.name in user.verbs]
    reached = _reached(user, targets[0].dossier, mine)
    return [
        [
            {"action": known, "reason": known.reason_against(target)}
            for known in mine
            if known.name in reached and not known.not_theirs(user, target)
        ]
        for target in targets
    ]


def hidden_from(user: Person, dossier: Dossier | int) -> set[str]:
    """The verbs whose events of a dossier are not for this person's eyes."""
    kept = {known.name: known.readers for known in REGISTRY.values() if known.readers != EVERYBODY}
    if not kept:
        return set()
    levels = access.levels(user, dossier)
    if inside := access.inside(user, dossier):
        guest = all(key.startswith("org:") for key in inside)
        return {name for name, readers in kept.items() if readers == WORKERS and guest}
    party = access.ACT in levels.values()
    return {name for name, readers in kept.items() if readers == INSIDE or not party}


def _reached(user: Person, dossier: Dossier, mine: list[Action]) -> set[str]:
    """Which verbs reach the dossier, in one query."""
    if not mine:
        return set()
    held = {key for key, level in access.levels(user, dossier).items() if level >= access.ACT}
    return {known.name for known in mine if user.keys_for(known.name) & held}
