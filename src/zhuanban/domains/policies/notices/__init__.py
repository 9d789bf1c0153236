"""Who hears of what happens to policies."""

from . import claims as claims
from . import library as library
