"""The nouns of the portfolio."""

from .goals import CityStrategy, IndustryGoal, ListMembership, ProjectList, StrategyTheme, Tag, YearTarget
from .money import AnnualPlan, Fund, InvestmentEntry, MonthLock
from .project import Capacity, Product, Project, Proof, Work
from .review import Contest, MergeProposal
from .stages import StageGate

__all__ = [
    "AnnualPlan",
    "Capacity",
    "CityStrategy",
    "Contest",
    "Fund",
    "IndustryGoal",
    "InvestmentEntry",
    "ListMembership",
    "MergeProposal",
    "MonthLock",
    "Product",
    "Project",
    "ProjectList",
    "Proof",
    "StageGate",
    "StrategyTheme",
    "Tag",
    "Work",
    "YearTarget",
]
