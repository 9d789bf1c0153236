"""What is wrong with an expression or a book, with its place, in words for the officer who wrote it."""

from __future__ import annotations

from dataclasses import dataclass


class LanguageError(Exception):
    """An expression that cannot be read or does not make sense. `position` is the offset of the offending character, from 0."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.position = position

    def __str__(self) -> str:
        return f"第{self.position + 1}个字处：{self.message}"


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding about a policy book. `where` names the policy, version and part; `level` is error or warning."""

    where: str
    message: str
    level: str = "error"
    position: int | None = None

    def __str__(self) -> str:
        place = "" if self.position is None else f"（第{self.position + 1}个字处）"
        return f"{self.where}：{self.message}{place}"
