"""Who asks: what the kernel needs to know of a person, and a request behind which somebody is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from django.http import HttpRequest


class Person(Protocol):
    """An account as the kernel sees it. The domain of people keeps the accounts; the kernel only reads what stands here."""

    @property
    def pk(self) -> int: ...

    @property
    def username(self) -> str: ...

    @property
    def robot(self) -> bool: ...

    @property
    def is_authenticated(self) -> bool: ...

    @property
    def organisation_id(self) -> int | None: ...

    @property
    def last_visit_at(self) -> datetime | None: ...

    @property
    def roles(self) -> list[str]: ...

    @property
    def verbs(self) -> frozenset[str]: ...

    @property
    def grants(self) -> Sequence[Any]: ...

    @property
    def principal_keys(self) -> frozenset[str]: ...

    @property
    def inside_keys(self) -> frozenset[str]: ...

    @property
    def sides(self) -> tuple[list[int], list[int]]: ...

    def keys_for(self, verb: str) -> set[str]: ...

    def principal_ids(self) -> list[int]: ...

    def sees_few(self) -> bool: ...

    def in_realm(self, realm: str) -> bool: ...


class SignedInRequest(HttpRequest):
    """A request that came past the guard: its user is a person."""

    user: Person  # type: ignore[assignment]  # the guard puts an account here, never Django's anonymous user
    csp_nonce: str
