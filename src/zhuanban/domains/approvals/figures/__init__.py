"""Figures of approvals: cases and certificates, permit plans."""

from . import cases as cases
from . import permits as permits
