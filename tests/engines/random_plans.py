"""Random plans with every feature there is: five calendars, all links and constraints, progress, milestones, levels of effort."""

import random
from datetime import date, datetime, timedelta

from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import Activity, Constraint, ConstraintType, Kind, LagCalendar, Link, LinkType

DATA_DATE = datetime(2023, 2, 10, 8)
CALENDARS = {
    "office": ShiftCalendar.weekly("office"),
    "site": ShiftCalendar.six_day_site([date(2023, 2, 15), date(2023, 2, 16)]),
    "night": ShiftCalendar("night", (((1320, 1800),),) * 5 + ((), ()), minutes_per_day=480),
    "half": ShiftCalendar("half", (((480, 720), (780, 1020)),) * 5 + (((480, 500),), ()), {date(2023, 2, 20): ((600, 615),)}),
    "24h": ShiftCalendar.always(),
}


def moment_near(dice: random.Random) -> datetime:
    return DATA_DATE + timedelta(hours=dice.choice([-30, -6, 0, 9, 16, 24, 57, 72, 100, 200]), minutes=dice.choice([0, 0, 0, 17]))


def activity(dice: random.Random, id: str, progress: bool) -> Activity:
    kind = dice.choice([Kind.TASK] * 6 + [Kind.START_MILESTONE, Kind.FINISH_MILESTONE, Kind.LEVEL_OF_EFFORT])
    duration = dice.choice([0, 60, 455, 480, 960, 2400]) if kind is Kind.TASK else 0
    given = {}
    if progress and dice.random() < 0.5:
        began = DATA_DATE - timedelta(hours=dice.choice([1, 8, 25, 48, 90]))
        given["actual_start"] = began
        if dice.random() < 0.5:
            given["actual_finish"] = min(DATA_DATE, began + timedelta(hours=dice.choice([0, 7, 33])))
        elif kind is Kind.TASK:
            given["remaining"] = dice.choice([0, 60, 480, duration])
            if dice.random() < 0.2:
                given |= {"suspend_at": began, "resume_at": DATA_DATE + timedelta(hours=dice.choice([-5, 3, 50]))}
    constraints = []
    if dice.random() < 0.35:
        constraints.append(Constraint(dice.choice(list(ConstraintType)), moment_near(dice)))
        if constraints[0].type is ConstraintType.SNET and dice.random() < 0.5:
            constraints.append(Constraint(ConstraintType.FNLT, moment_near(dice)))
    if dice.random() < 0.1:
        given["expected_finish"] = moment_near(dice)
    return Activity(id, duration, dice.choice(list(CALENDARS)), kind=kind, constraints=tuple(constraints), **given)


def records(seed: int) -> tuple[list[Activity], list[Link]]:
    dice = random.Random(seed)
    progress = seed % 3 > 0
    activities = [activity(dice, f"A{at}", progress) for at in range(dice.randint(2, 12))]
    links = []
    for after in range(1, len(activities)):
        for before in dice.sample(range(after), min(after, dice.choice([0, 1, 1, 2, 3]))):
            kind = dice.choice([LinkType.FS, LinkType.FS, *LinkType])
            lag = dice.choice([0, 0, 0, 45, 480, 960, -240, -480])
            links.append(Link(f"A{before}", f"A{after}", kind, lag, dice.choice(list(LagCalendar))))
    dice.shuffle(activities)
    return activities, links
