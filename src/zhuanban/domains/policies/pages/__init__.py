"""Pages of policies."""

from . import claims as claims
from . import editor as editor
from . import having as having
from . import library as library
from . import notices as notices
from . import payruns as payruns
from . import simulation as simulation
