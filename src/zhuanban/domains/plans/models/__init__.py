"""The nouns of plans."""

from .forecasts import AreaForecast, Forecast
from .nodes import DateRequest, Node, NodeTemplate, Phase
from .plans import Baseline, Basis, Plan, PlanTemplate, Progress
from .quantities import Disruption, QuantityEntry, WorkItem

__all__ = [
    "AreaForecast",
    "Baseline",
    "Basis",
    "DateRequest",
    "Disruption",
    "Forecast",
    "Node",
    "NodeTemplate",
    "Phase",
    "Plan",
    "PlanTemplate",
    "Progress",
    "QuantityEntry",
    "WorkItem",
]
