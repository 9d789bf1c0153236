"""Actions of approvals: the catalogue, permit plans, cases, certificates, commitments."""

from . import cases as cases
from . import casework as casework
from . import catalogue as catalogue
from . import certificates as certificates
from . import commitments as commitments
from . import permits as permits
