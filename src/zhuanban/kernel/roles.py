"""The registry of roles: what each is called, where it may be given, and which verbs it allows."""

from __future__ import annotations

from dataclasses import dataclass, field

from zhuanban.kernel.words import Words


@dataclass
class Role:
    """`scopes` are the kinds of scope it may be granted over: area, organisation, own. `realm` is the suffix of its principals."""

    name: str
    label: Words
    scopes: tuple[str, ...]
    realm: str = ""
    staff: bool = True
    verbs: set[str] = field(default_factory=set)


REGISTRY: dict[str, Role] = {}


def role(name: str, label: Words, *scopes: str, realm: str = "", staff: bool = True) -> None:
    REGISTRY[name] = Role(name, label, scopes, realm, staff)


def allow(*names: str, verbs: tuple[str, ...]) -> None:
    """Let these roles do these verbs, within the scope of each grant."""
    for name in names:
        REGISTRY[name].verbs.update(verbs)


def get(name: str) -> Role:
    return REGISTRY[name]


def verbs_of(name: str) -> frozenset[str]:
    """The verbs of a role; a role no longer known allows nothing."""
    known = REGISTRY.get(name)
    return frozenset(known.verbs) if known else frozenset()


def label_of(name: str) -> str:
    known = REGISTRY.get(name)
    return str(known.label) if known else name
