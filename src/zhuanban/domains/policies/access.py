"""Who works on an item of the library, and which offices see the files of the enterprises that it serves."""

from __future__ import annotations

from django.conf import settings

from zhuanban.domains.enterprises import access as enterprise_access
from zhuanban.domains.enterprises.models import EnterpriseFile
from zhuanban.domains.policies.models import Policy
from zhuanban.kernel import access
from zhuanban.kernel.access import ACT, SEE


def levels_of(policy: Policy) -> dict[str, int]:
    """The office that keeps it, the department that handles it, its area and the city. Published items are read by everybody."""
    offices = {policy.keeper_id, policy.department_id} - {None}
    keys = [f"area:{settings.CITY['area']}", f"area:{policy.area_id}", *(f"org:{office}" for office in offices)]
    return {key: int(ACT) for key in keys}


def regrant(policy: Policy) -> None:
    access.grant(policy.dossier, levels_of(policy))


def offices_of(area: str) -> set[int]:
    """The offices that keep or handle an area's items: they look into the files of the enterprises that it serves."""
    pairs = Policy.objects.filter(area=area).order_by().values_list("keeper", "department").distinct()
    return {office for pair in pairs for office in pair if office}


def lets_in(file: EnterpriseFile) -> dict[str, int]:
    return {f"org:{office}": SEE for office in offices_of(file.area_id)}


enterprise_access.SOURCES.append(lets_in)
