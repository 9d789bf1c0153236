"""What filters of several listings offer."""

from __future__ import annotations

from zhuanban.domains.factors.models import Factor, FactorRequest, FundingProgramme, Material
from zhuanban.domains.people.models import Area, Organisation
from zhuanban.domains.portfolio.queries import areas_for
from zhuanban.kernel import show


def areas(user) -> list[tuple[str, str]]:
    return [(area.key, show.place(area)) for area in Area.objects.exclude(parent=None)]


def all_areas(user) -> list[tuple[str, str]]:
    return [(area.key, show.place(area)) for area in Area.objects.all()]


def factors(user) -> list[tuple[str, str]]:
    return list(Factor.objects.values_list("key", "name"))


def materials(user) -> list[tuple[str, str]]:
    return list(Material.objects.values_list("key", "name"))


def programmes(user) -> list[tuple[str, str]]:
    return list(FundingProgramme.objects.values_list("key", "name"))


def providers(user) -> list[tuple[str, str]]:
    """Those to whom something was addressed that the person may read."""
    used = FactorRequest.objects.visible_to(user).order_by().values("provider")
    return [(str(pk), name) for pk, name in Organisation.objects.filter(pk__in=used).order_by("name").values_list("pk", "name")]


def widest(verb: str):
    """The verb on the widest area in which the person may do it, for a listing's head."""
    return lambda user: [(verb, area) for area in areas_for(user, verb)[:1]]
