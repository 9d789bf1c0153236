"""Who hears of what happens to projects."""

from django.utils.translation import gettext as _

from zhuanban.domains.people.models import RoleGrant
from zhuanban.kernel import clock
from zhuanban.kernel.notices import hears


def centre_of(area_key: str | None) -> list[int]:
    """The dispatchers of an area's project centre."""
    if not area_key:
        return []
    return list(RoleGrant.objects.in_force_on(clock.today()).filter(role="centre_dispatcher", area=area_key).values_list("user", flat=True))


@hears("portfolio.advance", "portfolio.override_gate", "portfolio.suspend", "portfolio.resume", "portfolio.cancel")
def stage_changed(project, *, by, event):
    """The area's centre and the owner's people hear of every change of stage."""
    people = set(centre_of(project.area_id))
    if project.owner_org_id:
        people |= set(project.owner_org.accounts.filter(is_active=True).values_list("pk", flat=True))
    return [(person, _("%(name)s 转为“%(stage)s”") % {"name": project.name, "stage": project.get_stage_display()}) for person in people]


@hears("portfolio.contest")
def number_contested(contest, *, by, event):
    from zhuanban.domains.portfolio.queries import city_key

    people = {*centre_of(city_key()), *centre_of(contest.project.area_id)}
    return [(person, _("%(name)s 的数据有异议，待核实") % {"name": contest.project.name}) for person in people]


@hears("portfolio.decide_contest")
def contest_decided(contest, *, by, event):
    return [
        (contest.by_id, _("您对 %(name)s 的数据异议：%(state)s") % {"name": contest.project.name, "state": contest.get_state_display()})
    ]
