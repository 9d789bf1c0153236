"""The numbers that policies answer for."""

from . import claims as claims
from . import library as library
