"""What a campaign's pages show: every cell's bar from records, the burn-up by day, and the period before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings

from zhuanban.domains.campaigns.measures import MEASURES
from zhuanban.domains.campaigns.models import Campaign, CampaignTask, Cell
from zhuanban.kernel import clock

Daily = Mapping[tuple[str, date], Decimal]


@dataclass(frozen=True)
class Bar:
    """A cell with what was measured: `done` in the period so far, `before` in the as many days right before the campaign, `expected`
    the share of the campaign's days that are over, in per cent."""

    cell: Cell
    done: Decimal
    before: Decimal
    expected: Decimal

    @property
    def share(self) -> Decimal | None:
        return self.cell.share(self.done)

    @property
    def tone(self) -> str:
        """Green where it is met or keeps pace, yellow behind, red where not half of the pace is kept or it was missed; grey without target."""
        share = self.share
        if share is None:
            return "grey"
        if share >= min(self.expected, Decimal(100)):
            return "green"
        return "red" if self.cell.state == Cell.State.MISSED or share * 2 < self.expected else "yellow"


def reach(campaign: Campaign) -> str:
    """The area whose projects count; the city's campaigns count all."""
    return "" if campaign.area_id == settings.CITY["area"] else campaign.area_id


def counted(campaign: Campaign, today: date | None = None) -> tuple[date, date]:
    """The days that count so far, both included; nothing is counted beyond the campaign's end."""
    return campaign.starts_on, min(today or clock.today(), campaign.ends_on)


def daily(campaign: Campaign, tasks: Iterable[CampaignTask], first: date, last: date) -> dict[str, Daily]:
    """Measure -> (sector, day) -> how much. One query a measure, whatever the number of fields, projects and days."""
    names = {task.measure for task in tasks if task.measure in MEASURES}
    return {name: MEASURES[name].by_sector_and_day(first, last, reach(campaign)) if first <= last else {} for name in sorted(names)}


def bars(campaign: Campaign, today: date | None = None) -> dict[tuple[int, int], Bar]:
    """(field id, task id) -> its bar. Two queries a measure and one for the cells."""
    cells = list(campaign.cells.select_related("field", "task", "owner"))
    tasks = {cell.task_id: cell.task for cell in cells}.values()
    now = daily(campaign, tasks, *counted(campaign, today))
    before = daily(campaign, tasks, *campaign.period_before)
    pace = time_share(campaign, today or clock.today())
    return {
        (cell.field_id, cell.task_id): Bar(
            _on(campaign, cell), summed(now.get(cell.task.measure, {}), cell), summed(before.get(cell.task.measure, {}), cell), pace
        )
        for cell in cells
    }


def _on(campaign: Campaign, cell: Cell) -> Cell:
    cell.campaign = campaign
    return cell


def summed(found: Daily, cell: Cell) -> Decimal:
    """What a field's sectors come to."""
    sectors = set(cell.field.sectors)
    return sum((n for (sector, _day), n in found.items() if not sectors or sector in sectors), Decimal(0))


def time_share(campaign: Campaign, today: date) -> Decimal:
    """Days over in per cent of the campaign's days."""
    return Decimal(campaign.day_number(today) * 100) / campaign.days


def measured(cell: Cell, today: date | None = None) -> Decimal:
    """What one cell has come to. One query."""
    first, last = counted(cell.campaign, today)
    if cell.task.measure not in MEASURES or first > last:
        return Decimal(0)
    return summed(MEASURES[cell.task.measure].by_sector_and_day(first, last, reach(cell.campaign)), cell)


def burn_up(cell: Cell, today: date | None = None) -> list[tuple[date, Decimal | None]]:
    """Day -> the sum up to it over the whole campaign; None on days still to come."""
    first, last = counted(cell.campaign, today)
    found: dict[date, Decimal] = defaultdict(Decimal)
    sectors = set(cell.field.sectors)
    if cell.task.measure in MEASURES and first <= last:
        for (sector, day), n in MEASURES[cell.task.measure].by_sector_and_day(first, last, reach(cell.campaign)).items():
            if not sectors or sector in sectors:
                found[day] += n
    total, line = Decimal(0), []
    for place in range(cell.campaign.days):
        day = first + timedelta(days=place)
        total += found[day]
        line.append((day, total if day <= last else None))
    return line


def evidence(cell: Cell, today: date | None = None):
    """The records that a cell counts, of all projects; the page narrows them to what its reader sees."""
    measure, (first, last) = MEASURES[cell.task.measure], counted(cell.campaign, today)
    return measure.between(first, last, cell.field.sectors, reach(cell.campaign))


def overall(found: Iterable[Bar]) -> Decimal | None:
    """The campaign's bar: the mean of its cells' shares, each counted up to 100 %, over those that have a target."""
    shares = [min(bar.share, Decimal(100)) for bar in found if bar.share is not None]
    return sum(shares, Decimal(0)) / len(shares) if shares else None
