"""The nouns of approvals."""

from .cases import (
    AgentTerm,
    ApprovalCase,
    BadFaithMark,
    CasePaper,
    CaseStep,
    ClockPause,
    Guidance,
    Opinion,
    Tolerance,
)
from .catalogue import (
    VALUES,
    CatalogueVersion,
    Department,
    Desk,
    Fact,
    Facts,
    Item,
    ItemVersion,
    Paper,
    Prerequisite,
    Terms,
    Truth,
    holds,
)
from .certificates import Certificate
from .commitments import Commitment, Correction
from .plans import PermitPlan, PermitStep

__all__ = [
    "VALUES",
    "AgentTerm",
    "ApprovalCase",
    "BadFaithMark",
    "CasePaper",
    "CaseStep",
    "CatalogueVersion",
    "Certificate",
    "ClockPause",
    "Commitment",
    "Correction",
    "Department",
    "Desk",
    "Fact",
    "Facts",
    "Guidance",
    "Item",
    "ItemVersion",
    "Opinion",
    "Paper",
    "PermitPlan",
    "PermitStep",
    "Prerequisite",
    "Terms",
    "Tolerance",
    "Truth",
    "holds",
]
