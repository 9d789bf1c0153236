"""Who sees a series of meetings, and whom decisions let in: on the project they speak of, or on the series where they speak of none."""

from __future__ import annotations

from django.conf import settings

from zhuanban.domains.dispatch.models import Decision, MeetingSeries
from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio import access as project_access
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import access
from zhuanban.kernel.access import ACT, SEE
from zhuanban.kernel.models import Access


def levels_of(series: MeetingSeries) -> dict[str, int]:
    """Principal key -> level: the city and the series' area run it; who is invited looks on; who owes something may answer."""
    city = settings.CITY["area"]
    levels: dict[str, int] = {f"org:{pk}": SEE for pk in series.units.values_list("pk", flat=True)}
    if series.level == MeetingSeries.Level.CITY:
        levels |= {f"area:{key}": SEE for key in Area.objects.filter(parent=city).values_list("key", flat=True)}
    if series.force:
        people = series.force.members.filter(to_day=None, person__isnull=False).values_list("person", flat=True)
        levels |= {f"user:{pk}": SEE for pk in people}
        levels |= {f"user:{series.force.lead_id}": ACT} if series.force.lead_id else {}
    owners = series.decisions.open().filter(project=None).values_list("owner_key", flat=True)
    levels |= dict.fromkeys(owners, ACT)
    return levels | {f"area:{city}": ACT, f"area:{series.area_id}": ACT}


def sync(series: MeetingSeries) -> None:
    """Write the access rows of a series anew, in the transaction of what changed them."""
    access.grant(series.dossier, levels_of(series))


def owners(project: Project) -> dict[str, int]:
    """The bodies that owe a decision on the project, and those that owed one: they look it up."""
    rows = Decision.objects.filter(project=project, owner_key__startswith="org:").exclude(kind=Decision.Kind.NOTE)
    levels: dict[str, int] = {}
    for key, done, withdrawn in rows.values_list("owner_key", "done_on", "withdrawn_on"):
        levels[key] = max(levels.get(key, SEE), SEE if done or withdrawn else ACT)
    return levels


def let_in(decision: Decision) -> None:
    """At once, in the verb that decides."""
    if decision.project is None:
        sync(decision.series)
    elif decision.owner_key.startswith("org:"):
        Access.objects.update_or_create(
            principal=access.principal(decision.owner_key), dossier_id=decision.project.pk, defaults={"level": ACT}
        )


def let_out(decision: Decision) -> None:
    """It is done or withdrawn: whoever came in for it only looks on."""
    if decision.project is None:
        sync(decision.series)
    elif decision.owner_key.startswith("org:"):
        project_access.regrant(decision.project)


project_access.SOURCES.append(owners)
