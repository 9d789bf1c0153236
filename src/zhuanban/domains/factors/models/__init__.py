"""The nouns of factors (要素保障): kinds, requests, surveys, supply points, funds, materials and passes."""

from .funding import Drawdown, FundingApplication, FundingBatch, FundingProgramme, Instrument
from .kinds import Factor, Material
from .materials import OfferUse, StockPlan, SupplyOffer, TransportPass
from .points import PointCapacity, SupplyPoint
from .requests import FactorRequest, Survey, SurveyEntry

__all__ = [
    "Drawdown",
    "Factor",
    "FactorRequest",
    "FundingApplication",
    "FundingBatch",
    "FundingProgramme",
    "Instrument",
    "Material",
    "OfferUse",
    "PointCapacity",
    "StockPlan",
    "SupplyOffer",
    "SupplyPoint",
    "Survey",
    "SurveyEntry",
    "TransportPass",
]
