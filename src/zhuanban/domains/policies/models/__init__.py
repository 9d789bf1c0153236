"""The nouns of policies."""

from .claims import ClawBack, Entitlement, Objection, Payee, PolicyClaim
from .library import ConditionBlock, Policy, PolicyLetter, PolicyVersion, StackingRule, Subscription
from .payruns import BudgetLine, PayFund, PayRun, PayRunLine
from .scenarios import Scenario

__all__ = [
    "BudgetLine",
    "ClawBack",
    "ConditionBlock",
    "Entitlement",
    "Objection",
    "PayFund",
    "PayRun",
    "PayRunLine",
    "Payee",
    "Policy",
    "PolicyClaim",
    "PolicyLetter",
    "PolicyVersion",
    "Scenario",
    "StackingRule",
    "Subscription",
]
