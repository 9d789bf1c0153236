"""The nouns of statistics."""

from .book import CheckRule, DifferenceKind
from .entries import EntryPaper, StatisticsEntry
from .months import Explanation, ReportingMonth, StatisticalFigure
from .spans import StatedSpan

__all__ = [
    "CheckRule",
    "DifferenceKind",
    "EntryPaper",
    "Explanation",
    "ReportingMonth",
    "StatedSpan",
    "StatisticalFigure",
    "StatisticsEntry",
]
