"""Who works on an item of the library, which offices see the files of the enterprises that it serves, and who serves an enterprise
sees its claims."""

from __future__ import annotations

from django.conf import settings

from zhuanban.domains.enterprises import access as enterprise_access
from zhuanban.domains.enterprises.models import EnterpriseFile
from zhuanban.domains.policies.models import Policy, PolicyClaim
from zhuanban.kernel import access
from zhuanban.kernel.access import ACT, SEE
from zhuanban.kernel.models import Access


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


def follow_officers(file: EnterpriseFile) -> None:
    """Bring all claims of an enterprise up to its officers: who serves it reads them, who no longer does reads none. Four statements,
    however many claims there are."""
    persons = Access.objects.filter(principal__key__startswith="user:")
    serving = list(persons.filter(dossier=file.dossier_id).values_list("principal", flat=True))
    claims = list(PolicyClaim.objects.filter(enterprise=file).values_list("dossier", flat=True))
    of_claims = PolicyClaim.objects.filter(enterprise=file).values("dossier")
    persons.filter(dossier__in=of_claims).exclude(principal__in=serving).delete()
    rows = [Access(principal_id=principal, dossier_id=claim, level=SEE) for principal in serving for claim in claims]
    Access.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


enterprise_access.FOLLOWERS.append(follow_officers)
