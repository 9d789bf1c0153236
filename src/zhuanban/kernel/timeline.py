"""The timeline: append-only events in one hash chain per dossier, sealed by Merkle checkpoints."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from zhuanban.kernel import clock
from zhuanban.kernel.dates import PartialDate
from zhuanban.kernel.models import Checkpoint, Dossier, Event
from zhuanban.kernel.people import Person

ROBOT = "robot"


def canonical(dossier: int, seq: int, verb: str, at: datetime, actor: str, subject: str, data: Any) -> str:
    """The text that is hashed: JSON with sorted keys, no spaces, instants in UTC to the microsecond."""
    stamp = at.astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps([dossier, seq, verb, stamp, actor, subject, data], ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def link(previous: str, text: str) -> str:
    """SHA-256 over the previous hash and the canonical event, in hexadecimal."""
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


class _Encoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        return str(o) if isinstance(o, PartialDate) else super().default(o)


def plain(data: Any) -> Any:
    """The data as JSON keeps it, so that what is hashed is what is read back."""
    return json.loads(json.dumps(data, cls=_Encoder))


def record(dossier: Dossier, verb: str, *, by: Person | None, subject: str = "", at: datetime | None = None, **data: Any) -> Event:
    """Append one event under the dossier's row lock."""
    with transaction.atomic():
        head = Dossier.objects.select_for_update().only("head_seq", "head_hash").get(pk=dossier.pk)
        event = chain(head, verb, actor=actor_of(by), subject=subject, at=at or clock.now(), data=data)
        event.save(force_insert=True)
        Dossier.objects.filter(pk=dossier.pk).update(head_seq=event.seq, head_hash=event.hash, changed_at=event.at)
    dossier.head_seq, dossier.head_hash, dossier.changed_at = event.seq, event.hash, event.at
    return event


def chain(head: Dossier, verb: str, *, actor: str, subject: str, at: datetime, data: Any) -> Event:
    """The next event of a chain, not saved; moves the head along. Loaders use it to build whole chains in memory."""
    data = plain(data)
    seq = head.head_seq + 1
    digest = link(head.head_hash, canonical(head.pk, seq, verb, at, actor, subject, data))
    head.head_seq, head.head_hash, head.changed_at = seq, digest, at
    return Event(dossier_id=head.pk, seq=seq, verb=verb, at=at, actor=actor, subject=subject, data=data, hash=digest)


def actor_of(by: Person | None) -> str:
    return by.username if by is not None else ROBOT


@dataclass(frozen=True)
class Fault:
    """A place where the record no longer agrees with its hashes."""

    dossier: int
    seq: int
    what: str

    def __str__(self) -> str:
        return f"dossier {self.dossier} event {self.seq}: {self.what}"


def verify(heads: dict[int, tuple[int, str]] | None = None) -> Iterator[Fault]:
    """Walk every chain and yield what was changed, is missing or was added. Memory: one row at a time plus all heads."""
    heads = heads if heads is not None else current_heads()
    unseen = dict(heads)
    rows = Event.objects.order_by("dossier_id", "seq", "pk").values_list(
        "dossier_id", "seq", "verb", "at", "actor", "subject", "data", "hash"
    )
    for dossier, events in groupby(rows.iterator(chunk_size=5000), key=lambda row: row[0]):
        yield from verify_chain(dossier, events, unseen.pop(dossier, (0, "")))
    for dossier, (seq, _hash) in unseen.items():
        if seq:
            yield Fault(dossier, seq, "all events are missing")
    yield from verify_checkpoints(heads)


def verify_chain(dossier: int, events: Iterable[tuple], head: tuple[int, str]) -> Iterator[Fault]:
    expected, previous = 1, ""
    for _dossier, seq, verb, at, actor, subject, data, digest in events:
        for lost in range(expected, seq):
            yield Fault(dossier, lost, "event is missing")
        if seq < expected:
            yield Fault(dossier, seq, "event was added")
        elif seq > head[0]:
            yield Fault(dossier, seq, "event was added after the head")
        elif seq == expected and digest != link(previous, canonical(dossier, seq, verb, at, actor, subject, data)):
            yield Fault(dossier, seq, "event was changed")
        expected, previous = seq + 1, digest
    if expected - 1 < head[0]:
        for lost in range(expected, head[0] + 1):
            yield Fault(dossier, lost, "event is missing")
    elif previous != head[1] and expected - 1 == head[0]:
        yield Fault(dossier, head[0], "head does not match the last event")


def current_heads() -> dict[int, tuple[int, str]]:
    return {
        pk: (seq, digest)
        for pk, seq, digest in Dossier.objects.exclude(head_seq=0).order_by("pk").values_list("pk", "head_seq", "head_hash")
    }


def merkle_root(leaves: list[str]) -> str:
    """The root of a binary Merkle tree; an odd node is promoted (RFC 6962 prefixes: 00 for leaves, 01 for nodes)."""
    level = [hashlib.sha256(b"\x00" + leaf.encode()).digest() for leaf in leaves]
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0].hex()


def leaf(dossier: int | str, head: list | tuple[int, str]) -> str:
    return f"{dossier}:{head[0]}:{head[1]}"


@transaction.atomic
def seal() -> Checkpoint:
    """Seal the heads of all chains in a Merkle root."""
    heads = {str(pk): list(head) for pk, head in current_heads().items()}
    root = merkle_root([leaf(pk, heads[pk]) for pk in sorted(heads, key=int)])
    return Checkpoint.objects.create(at=clock.now(), leaves=len(heads), root=root, heads=heads)


def verify_checkpoints(heads: dict[int, tuple[int, str]]) -> Iterator[Fault]:
    """Every sealed head must still be an event of its chain, and the latest seals must still give their roots."""
    for checkpoint in Checkpoint.objects.order_by("-pk")[:30]:
        sealed = checkpoint.heads
        if merkle_root([leaf(pk, sealed[pk]) for pk in sorted(sealed, key=int)]) != checkpoint.root:
            yield Fault(0, checkpoint.pk, "checkpoint was changed")
    latest = Checkpoint.objects.order_by("-pk").first()
    if latest is None:
        return
    grown = [int(pk) for pk, (seq, _digest) in latest.heads.items() if heads.get(int(pk), (0, ""))[0] > seq]
    kept = _hashes_at(grown, latest.heads)
    for pk, (seq, digest) in latest.heads.items():
        now = heads.get(int(pk), (0, ""))
        if now[0] < seq:
            yield Fault(int(pk), seq, "chain is shorter than its seal")
        elif digest != (now[1] if now[0] == seq else kept.get(int(pk))):
            yield Fault(int(pk), seq, "chain differs from its seal")


def _hashes_at(dossiers: list[int], heads: dict[str, list], chunk: int = 500) -> dict[int, str]:
    """The hash of the sealed event of each dossier, read in chunks."""
    found = {}
    for start in range(0, len(dossiers), chunk):
        part = dossiers[start : start + chunk]
        rows = Event.objects.filter(dossier_id__in=part, seq__in={heads[str(pk)][0] for pk in part}).values_list(
            "dossier_id", "seq", "hash"
        )
        found.update({pk: digest for pk, seq, digest in rows if heads[str(pk)][0] == seq})
    return found
