"""Pages of approvals: the catalogue, permit plans, cases, certificates, speeds."""

from . import cases as cases
from . import catalogue as catalogue
from . import certificates as certificates
from . import permits as permits
from . import speeds as speeds
