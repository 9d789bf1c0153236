"""The nouns of enterprises: the file of each, the kinds of facts, and the facts."""

from .facts import Fact, FactKind
from .files import EnterpriseFile

__all__ = ["EnterpriseFile", "Fact", "FactKind"]
