"""The verbs of policies."""

from . import claims as claims
from . import entitlements as entitlements
from . import library as library
from . import payruns as payruns
from . import scenarios as scenarios
