"""What policies do by the clock."""

from . import claims as claims
from . import library as library
