"""The verbs of rankings: publish one, withdraw a mistaken one."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.dispatch.forms import rankings as forms
from zhuanban.domains.dispatch.models import Ranking, RankingLine
from zhuanban.domains.dispatch.queries import rankings as queries
from zhuanban.domains.dispatch.rules import rankings as rules
from zhuanban.domains.people.models import Area
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock
from zhuanban.kernel.actions import INSIDE, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.forms import ReasonForm


@action(
    "dispatch.publish_ranking",
    on=Area,
    label=gettext_lazy("公布排名"),
    form=forms.PublishRankingForm,
    when=rules.cannot_publish,
    creates=Ranking,
    readers=INSIDE,
)
def publish_ranking(area: Area, *, by, of: str, as_of: date, note: str = "") -> Ranking:
    """Work the ranking out as of a day by the weights of that day, and keep it with its whole working."""
    if Ranking.objects.standing().filter(of=of, as_of=as_of).exists():
        raise Refused(_("%(day)s 的排名已经公布；要更正，先撤回。") % {"day": as_of})
    now = clock.now()
    try:
        basis = queries.basis(of, as_of, now)
    except LookupError:
        raise Refused(_("%(day)s 还没有生效的排名权重。") % {"day": as_of}) from None
    except ValueError as bad:
        raise Refused(str(bad)) from None
    stamps = {"created_at": now, "created_by": by, "updated_at": now, "updated_by": by}
    return keep(area, basis, note=note, **stamps)


def keep(area: Area, basis: queries.Basis, **facts) -> Ranking:
    """Write a ranking and its lines. Raises Refused when there is nobody to rank."""
    found = queries.standings(basis)
    if not any(row.place for row in found):
        raise Refused(_("没有可以排名的单位：清单为空，或者数据不全。"))
    before = queries.places_of(queries.newest(basis.of, basis.as_of))
    weights = basis.weights
    counted = [project.pk for row in found for project, _points in row.rows]
    facts |= {"synthetic": Project.objects.filter(pk__in=counted, synthetic=True).exists()}
    ranking = Ranking.objects.create(
        of=basis.of, area=area, as_of=basis.as_of, year=basis.year, months=basis.months, known_at=basis.known_at, weights=basis.rows,
        weights_version=weights.version, weights_source=weights.source, cap=int(weights.cap), least_known=int(weights.least_known), **facts,
    )  # fmt: skip
    lines = [line(ranking, at, row, before) for at, row in enumerate(found, start=1)]
    RankingLine.objects.bulk_create(reversed(lines))  # lists page from the newest row: they begin with the first place
    return ranking


def line(ranking: Ranking, position: int, row: rules.Standing, before: dict) -> RankingLine:
    was = before.get(row.key)
    return RankingLine(
        ranking=ranking,
        area_id=row.key if ranking.of == Ranking.Of.AREA else None,
        force_id=row.key if ranking.of == Ranking.Of.FORCE else None,
        position=position,
        place=row.place,
        points=row.points,
        moved=was - row.place if was and row.place else None,
        projects=row.projects,
        known=row.known,
        why=row.why,
        parts=queries.kept_parts(row),
        rows=queries.kept_rows(row),
        synthetic=ranking.synthetic,
    )


@action(
    "dispatch.withdraw_ranking",
    on=Ranking,
    label=gettext_lazy("撤回排名"),
    form=ReasonForm,
    when=rules.cannot_withdraw,
    danger=True,
    readers=INSIDE,
)
def withdraw_ranking(ranking: Ranking, *, by, reason: str) -> None:
    """A mistaken ranking no longer counts; it stays readable, with the reason."""
    ranking.withdrawn_on, ranking.withdrawn_why = clock.today(), reason
    ranking.save(update_fields=["withdrawn_on", "withdrawn_why"])
