"""The town's factors: needs in every state, a survey, a supply point that runs short, funds, stocks, passes; with a canary in every word."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal

from zhuanban.domains.factors import access as factor_access
from zhuanban.domains.factors import actions
from zhuanban.domains.factors.desk import levels_of
from zhuanban.domains.factors.models import (
    Factor,
    FactorRequest,
    FundingApplication,
    FundingBatch,
    FundingProgramme,
    Material,
    PointCapacity,
    StockPlan,
    SupplyOffer,
    SupplyPoint,
    Survey,
    SurveyEntry,
    TransportPass,
)
from zhuanban.domains.people.models import Organisation
from zhuanban.kernel import access, clock
from zhuanban.kernel.models import Dossier

_serial = itertools.count(1)


def stamps() -> dict:
    at = clock.now()
    return {"created_at": at, "updated_at": at}


class Supplied:
    """What a district has of factors."""

    def __init__(self, town, area: str, word: str) -> None:
        self.town, self.area, self.word = town, town.areas[area], word
        self.project = town.projects[area][0]
        self.office = Organisation.objects.create(name=f"町供电所{next(_serial)}", kind="utility", area=self.area, search_text="町供电所")
        factor_access.let_in([self.project.pk], self.office)
        self.point = self.give_point(f"{word}变电站")
        PointCapacity.objects.create(point=self.point, from_day=date(2023, 1, 1), amount=Decimal(10), basis=f"{word}供电方案", **stamps())
        self.request = self.ask("requested", point=self.point)
        self._other_states()
        self.survey = self.give_survey(f"{word}排查")
        self.entry = SurveyEntry.objects.create(survey=self.survey, project=self.project, **stamps())
        self.batch, *_others = [self.give_batch(key) for key in ("special_bond", "policy_and_term", "equipment_renewal")]
        self.application = self.apply(self.project)
        today = clock.today()
        self.stock = StockPlan.objects.create(
            project=self.project, material_id="cement", daily_use=3, least_days=20, winter_stock=100, supplier=f"{word}水泥厂", **stamps()
        )
        self.transport = TransportPass.objects.create(
            project=self.project,
            number=f"{word}证{next(_serial)}",
            vehicles=4,
            valid_from=today - timedelta(30),
            valid_to=today + timedelta(5),
            route=f"{word}线路",
            **stamps(),
        )
        self.offer = self.give_offer(f"{word}建材行")

    def _other_states(self) -> None:
        today = clock.today()
        given = {"promised_for": today - timedelta(9), "supplied_on": today - timedelta(8), "supplied": 5}
        self.ask("promised", promised_for=today - timedelta(2))
        self.ask("supplied", origin="survey", **given)
        self.ask("verified", verified_on=today - timedelta(7), verified=5, **given)
        lodging = Factor.objects.get(pk="lodging")
        self.ask("requested", factor=lodging, need_on=today - timedelta(30))
        self.ask("withdrawn", withdrawn_on=today - timedelta(3), withdrawal=f"{self.word}不再需要")
        refused = self.ask("requested")
        actions.refuse(refused, by=None, reason=f"{self.word}没有余量")

    def open(self, kind: str, title: str) -> Dossier:
        ref = f"F-{next(_serial):06d}"
        dossier = Dossier.objects.create(kind=kind, ref=ref, title=title, area=self.area.key, search_text=title)
        access.grant(dossier, levels_of(self.area, self.office))
        return dossier

    def ask(self, state: str, **facts) -> FactorRequest:
        factor = facts.pop("factor", None) or Factor.objects.get(pk="power")
        told = {"amount": 20, "need_on": date(2023, 3, 1), "purpose": f"{self.word}用电", "origin": "project", **facts}
        return FactorRequest.objects.create(
            project=self.project,
            factor=factor,
            ref=f"YS-T-{next(_serial):06d}",
            provider=self.office,
            state=state,
            asked_on=date(2023, 1, 5),
            due_on=date(2023, 1, 10),
            **told,
            **stamps(),
        )

    def give_point(self, name: str) -> SupplyPoint:
        dossier = self.open("factors.point", name)
        return SupplyPoint.objects.create(
            dossier=dossier, area=self.area, factor_id="power", provider=self.office, kind="substation", name=name, **stamps()
        )

    def give_survey(self, name: str) -> Survey:
        return Survey.objects.create(
            dossier=self.open("factors.survey", name),
            area=self.area,
            factor_id="heat",
            provider=self.office,
            name=name,
            opened_on=date(2023, 1, 3),
            due_on=date(2023, 3, 1),
            **stamps(),
        )

    def give_batch(self, programme: str, number: int = 1) -> FundingBatch:
        today = clock.today()
        return FundingBatch.objects.create(
            dossier=self.open("factors.batch", f"{self.word}批次"),
            area=self.area,
            programme=FundingProgramme.objects.get(pk=programme),
            number=number,
            opens_on=today - timedelta(5),
            closes_on=today + timedelta(9),
            note=f"{self.word}条件",
            **stamps(),
        )

    def apply(self, project, state: str = "drawn") -> FundingApplication:
        approved = {} if state == "applied" else {"approved": 800_000, "approved_on": date(2023, 1, 20), "drawn": 300_000}
        return FundingApplication.objects.create(
            batch=self.batch,
            project=project,
            purpose=f"{self.word}设备",
            applied=1_000_000,
            applied_on=date(2023, 1, 6),
            state=state,
            **approved,
            **stamps(),
        )

    def give_offer(self, supplier: str) -> SupplyOffer:
        return SupplyOffer.objects.create(
            dossier=self.open("factors.offer", supplier),
            area=self.area,
            supplier=supplier,
            material=Material.objects.get(pk="cement"),
            amount=100,
            until=clock.today() + timedelta(30),
            **stamps(),
        )


def _of(town) -> Supplied:
    return town.supplied[town.here]


NAMES = ("=1+1", "<b>用电</b>", "同名", "同名", "+86 用水")


def fill_requests(town, number: int) -> None:
    """More needs, in three states, with ties in the days."""
    today = clock.today()
    for at in range(number):
        facts = {"promised_for": today + timedelta(at % 3)} if at % 3 == 1 else {}
        made = _of(town).ask(
            ("requested", "promised", "surveyed")[at % 3], purpose=NAMES[at % 5], need_on=date(2023, 3, 1 + at % 4), **facts
        )
        FactorRequest.objects.filter(pk=made.pk).update(due_on=date(2023, 2, 1 + at % 4), asked_on=date(2023, 1, 1 + at % 3))


def fill_surveys(town, number: int) -> None:
    for at in range(number):
        made = _of(town).give_survey(f"{NAMES[at % 5]}{at}")
        Survey.objects.filter(pk=made.pk).update(finished_on=date(2023, 2, 1) if at % 2 else None)


def fill_points(town, number: int) -> None:
    for at in range(number):
        _of(town).give_point(f"{NAMES[at % 5]}{next(_serial)}")


def fill_batches(town, number: int) -> None:
    for at in range(number):
        made = _of(town).give_batch(("special_bond", "renovation")[at % 2], 10 + next(_serial))
        if at % 3 == 0:
            FundingBatch.objects.filter(pk=made.pk).update(opens_on=None, closes_on=None)


def fill_applications(town, number: int) -> None:
    for at in range(number):
        _of(town).apply(town.bare_project(town.here, None, "reserve", name=NAMES[at % 5]), ("drawn", "applied")[at % 2])


def fill_stocks(town, number: int) -> None:
    for at in range(number):
        project = town.bare_project(town.here, None, "under_construction", name=NAMES[at % 5])
        StockPlan.objects.create(
            project=project, material_id=("cement", "steel")[at % 2], daily_use=1 + at % 3, least_days=10 + at % 2, **stamps()
        )


def fill_passes(town, number: int) -> None:
    for at in range(number):
        TransportPass.objects.create(
            project=_of(town).project,
            number=f"证{next(_serial)}",
            vehicles=1 + at % 3,
            valid_from=date(2023, 1, 1),
            valid_to=date(2023, 2, 1 + at % 5),
            route=NAMES[at % 5],
            **stamps(),
        )


def fill_offers(town, number: int) -> None:
    for at in range(number):
        _of(town).give_offer(NAMES[at % 5])


TARGETS = {
    "factors.factorrequest": lambda town: _of(town).request,
    "factors.surveyentry": lambda town: _of(town).entry,
    "factors.supplypoint": lambda town: _of(town).point,
    "factors.fundingapplication": lambda town: _of(town).application,
    "factors.stockplan": lambda town: _of(town).stock,
    "factors.transportpass": lambda town: _of(town).transport,
    "factors.supplyoffer": lambda town: _of(town).offer,
}
FILLERS = {
    "factors.factorrequest": fill_requests,
    "factors.survey": fill_surveys,
    "factors.supplypoint": fill_points,
    "factors.fundingbatch": fill_batches,
    "factors.fundingapplication": fill_applications,
    "factors.stockplan": fill_stocks,
    "factors.transportpass": fill_passes,
    "factors.supplyoffer": fill_offers,
}
