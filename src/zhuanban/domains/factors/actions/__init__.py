"""The verbs of factors."""

from .funding import apply_funding, approve_funding, draw_funding, open_batch, reject_funding
from .materials import issue_pass, offer_supply, plan_stock, renew_pass, revise_stock, take_offer, withdraw_offer
from .points import register_point, set_capacity
from .requests import correct_request, promise, refuse, repromise, request, supply, verify, withdraw_request
from .surveys import enter_survey, open_survey

__all__ = [
    "apply_funding",
    "approve_funding",
    "correct_request",
    "draw_funding",
    "enter_survey",
    "issue_pass",
    "offer_supply",
    "open_batch",
    "open_survey",
    "plan_stock",
    "promise",
    "refuse",
    "register_point",
    "reject_funding",
    "renew_pass",
    "repromise",
    "request",
    "revise_stock",
    "set_capacity",
    "supply",
    "take_offer",
    "verify",
    "withdraw_offer",
    "withdraw_request",
]
