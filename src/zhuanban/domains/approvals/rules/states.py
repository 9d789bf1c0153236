"""The state machines of cases and commitments as tables; what stands in no table is refused (domain handbook, section 8.2 and 8.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DECIDED = frozenset({"approved", "rejected", "certificate_issued", "extended", "voided", "revoked"})
"""States of a case in which the decision is made."""
ENDED = frozenset({"refused_intake", "rejected", "returned", "withdrawn", "voided", "revoked"})
"""States from which no way leads on."""
OPEN = ("draft", "submitted", "one_time_notice", "accepted", "tolerant_accepted", "in_review", "paused")
"""States in which somebody owes the next step, and from which the applicant may withdraw."""

CASE: Mapping[str, Mapping[str, str]] = {
    "draft": {"submit": "submitted"},
    "submitted": {
        "give_notice": "one_time_notice",
        "accept": "accepted",
        "deem_accepted": "accepted",
        "accept_tolerant": "tolerant_accepted",
        "refuse_intake": "refused_intake",
    },
    "one_time_notice": {"submit": "submitted"},
    "tolerant_accepted": {"make_good": "accepted", "lapse": "returned"},
    "accepted": {"start_review": "in_review"},
    "in_review": {"pause": "paused", "approve": "approved", "reject": "rejected"},
    "paused": {"resume": "in_review"},
    "approved": {"issue_certificate": "certificate_issued"},
    "certificate_issued": {"extend": "extended", "void": "voided", "revoke": "revoked"},
    "extended": {"extend": "extended", "void": "voided", "revoke": "revoked"},
}
"""State -> deed -> the state after it. `withdraw` leads out of every open state and is added below."""

COMMITMENT: Mapping[str, Mapping[str, str]] = {
    "told": {"sign": "signed"},
    "signed": {"decide": "decided"},
    "decided": {"find_kept": "checked_ok", "find_broken": "checked_bad"},
    "checked_bad": {"order_correction": "correcting"},
    "correcting": {"report": "correcting", "close": "closed", "revoke": "revoked"},
}


@dataclass(frozen=True)
class Machine:
    """A table of states with one question: where does this deed lead from here?"""

    moves: Mapping[str, Mapping[str, str]]
    everywhere: Mapping[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)

    def after(self, state: str, deed: str) -> str:
        """The state after the deed; empty when the deed is not lawful in this state.

        >>> MACHINE.after("submitted", "accept")
        'accepted'
        >>> MACHINE.after("paused", "approve")
        ''
        """
        if deed in self.everywhere and state in self.everywhere[deed][0]:
            return self.everywhere[deed][1]
        return self.moves.get(state, {}).get(deed, "")

    @property
    def deeds(self) -> frozenset[str]:
        return frozenset(deed for row in self.moves.values() for deed in row) | frozenset(self.everywhere)


MACHINE = Machine(CASE, {"withdraw": (OPEN, "withdrawn")})
PLEDGES = Machine(COMMITMENT)
