"""The pages of factors."""

from .funding import application_list, batch, batch_list
from .materials import lodging, offer_list, pass_list, stock_list
from .overview import on_project, overview
from .points import conflicts, point, point_list
from .requests import factor_request, request_list, survey, survey_list

__all__ = [
    "application_list",
    "batch",
    "batch_list",
    "conflicts",
    "factor_request",
    "lodging",
    "offer_list",
    "on_project",
    "overview",
    "pass_list",
    "point",
    "point_list",
    "request_list",
    "stock_list",
    "survey",
    "survey_list",
]
