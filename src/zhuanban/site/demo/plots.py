"""What happens to the demo's invented problems: who reports what, how each rung answers, and how it ends. Chance is a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from zhuanban.domains.people.models import Organisation, User
from zhuanban.domains.problems import queries
from zhuanban.domains.problems.models import Consultation, Problem, ProblemKind, Supervision, TimeRequest
from zhuanban.site.demo.drafts import BEIJING
from zhuanban.site.demo.ladders import TOP, Posts, Story, Town

TODAY = date(2023, 2, 10)
END = datetime(2023, 2, 9, 18, 30, tzinfo=BEIJING)
"""Nothing is dated on or after the demo's first day: its morning's sweep has still to come."""
WINTER = {11, 12, 1, 2, 3}
EPIDEMIC = {(2022, 3): ("logistics", "labour"), (2022, 4): ("logistics", "labour")}
BEFORE_START = ("approval", "land", "removal", "funds", "environment", "power", "other")
MAKING = ("labour", "logistics", "power", "heat", "gas", "funds", "environment", "other", "water")
NEEDS: dict[int, tuple[tuple[str, ...], ...]] = {
    1: ((),),
    2: (("departments",), ("money",), ("departments", "money")),
    3: (("policy",), ("land_quota",), ("budget", "departments"), ("other_city",)),
}
"""What a problem needs so that it begins on a tier."""


class Other(Exception):
    """The story went another way than was wanted; it is thrown away and begun anew."""


@dataclass(frozen=True)
class Plot:
    """What is to be told: on which tier it begins, how each tier is left, and how it ends.

    `rises` are ways up (silent, late, refused, by_hand); `ending` is how the last tier's turn goes: solved and what the reporter says
    to it, or how it stands today. `body` is the department that must have it, `reporter` the account that reported.
    """

    entry: int
    rises: tuple[str, ...]
    ending: str
    body: Organisation | None = None
    reporter: User | None = None
    kind: str = ""
    holder: str = ""
    due: tuple[date, date] | None = None

    @property
    def tier(self) -> int:
        return self.entry + len(self.rises)


class Teller:
    """Tells one story after another about the projects of a town."""

    def __init__(self, rng: Random, words: dict[str, Any], town: Town) -> None:
        self.rng, self.words, self.town, self.days = rng, words, town, town.days
        self.kinds = ProblemKind.objects.in_bulk()

    def some(self, name: str) -> str:
        return self._filled(self.rng.choice(self.words[name]))

    def _filled(self, text: str) -> str:
        if "<" not in text:
            return text
        rng = self.rng
        slots = {"<spot>": rng.choice(self.words["spots"]), "<n>": str(rng.randint(2, 8)), "<m>": str(rng.randint(2, 4))}
        for slot, value in (slots | {"<day>": str(rng.randint(10, 27))}).items():
            text = text.replace(slot, value)
        return text

    def about(self, title: str, kind: str, name: str) -> str:
        """A sentence of the kind's own that has words in common with the title, else a plain one."""
        letters = queries.pairs_of_letters(title)
        near = [text for text in self.words["kinds"][kind][name] if letters & queries.pairs_of_letters(text)]
        return self._filled(self.rng.choice(near or self.words[f"plain_{name}"]))

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    # Time -----------------------------------------------------------------------------------------------------------------

    def on(self, day: date, *, late: bool = False) -> datetime:
        """A moment of office hours of a day, or of its evening."""
        minutes = self.rng.randint(35, 215) if late else self.rng.randint(0, 490)
        return datetime.combine(day, time(17) if late else time(8, 40), BEIJING) + timedelta(minutes=minutes)

    def go(self, story: Story, days: int) -> None:
        """So many working days on; on the same day a little later."""
        today, hour = story.today, story.at.astimezone(BEIJING).hour
        if days <= 0 and self.days.is_workday(today) and hour < 16:
            soon = story.at + timedelta(minutes=self.rng.randint(8, 55))
            self.reach(story, soon if hour >= 8 else self.on(today))
        else:
            self.reach(story, self.on(self.days.due(today, max(1, days))))

    def reach(self, story: Story, to: datetime) -> None:
        if to > END:
            raise Other
        tier, state = story.problem.tier, story.problem.state
        story.step(to)
        if (story.problem.tier, story.problem.state) != (tier, state):
            raise Other

    def left(self, story: Story) -> int:
        """Working days until the tier must have solved it."""
        return self.days.elapsed_working_days(story.today, story.solve_by.due_on) if story.solve_by else 0

    # What is reported --------------------------------------------------------------------------------------------------------

    def facts(self, posts: Posts, plot: Plot, day: date) -> dict[str, Any]:
        kind = plot.kind or self._kind(posts, day)
        told = self.words["kinds"][kind]
        title = self._filled(self.rng.choice(told["titles"]))
        parts = [self.about(title, kind, "why"), self._filled(self.rng.choice(told["effect"]))]
        spot = self.rng.choice(self.words["spots"]) if self.chance(0.5) else ""
        text = "。".join(parts) + "。" + self.some("asks")
        return {
            "kind": self.kinds[kind],
            "title": title,
            "description": text,
            "place": spot,
            "needs": list(self.rng.choice(NEEDS[plot.entry])),
        }

    def _kind(self, posts: Posts, day: date) -> str:
        """By the season and by what the project is about: papers before the start, people and goods once it produces."""
        project, season = posts.project, "winter" if day.month in WINTER else "summer"
        started = str(project.start_actual or "9999")
        allowed = BEFORE_START if started > day.isoformat() else tuple(self.words["kinds"])
        if project.stage in {"in_production", "full_capacity"}:
            allowed = MAKING
        weights = [self.words["kinds"][key][season] * (3 if key in EPIDEMIC.get((day.year, day.month), ()) else 1) for key in allowed]
        return self.rng.choices(allowed, weights)[0]

    def reporter(self, posts: Posts, day: date) -> User:
        """The owner oftener than the secretary, now and then a member of the task force or the centre; the officer where there is one."""
        secretary, crew = posts.at("secretary", day), posts.crew(day)
        people = [(posts.officer, 60), (posts.owner, 55), (secretary.person if secretary else None, 34)]
        people += [(self.town.users[self.rng.choice(crew)] if crew else None, 6), (posts.centre().user, 5)]
        known = [(user, weight) for user, weight in people if user]
        return self.rng.choices([user for user, _weight in known], [weight for _user, weight in known])[0]

    def tell(self, story: Story, plot: Plot) -> None:
        """From the report to the end, or to today. Raises Other when it comes out otherwise."""
        day = story.today
        story.report(plot.reporter or self.reporter(story.posts, day), self.facts(story.posts, plot, day))
        if plot.ending != "fresh" and self.chance(0.75):
            self._triage(story, plot)
        for way in plot.rises:
            tier = story.problem.tier
            getattr(self, f"_rise_{way}")(story)
            if story.problem.tier != tier + 1:
                raise Other
        getattr(self, f"_end_{plot.ending}")(story, plot)

    def _triage(self, story: Story, plot: Plot) -> None:
        self.go(story, 0)
        if story.problem.state != Problem.State.REPORTED:
            return
        early = plot.rises == () and plot.ending not in {"fresh", "merged"} and (plot.body or self.chance(0.2))
        story.triage(story.posts.centre().user, (plot.body or self.body(story)) if early else None, self.some("triage"))

    # The ways up ---------------------------------------------------------------------------------------------------------------

    def _rise_silent(self, story: Story) -> None:
        """Nobody answers: the sweep after the due day raises it."""
        self._wait_past(story, story.respond)

    def _rise_late(self, story: Story) -> None:
        """Taken, promised, perhaps more time asked in vain, and not solved in time."""
        self._take(story, promise=0.8)
        if self.chance(0.3) and self.left(story) > 1:
            self.go(story, 1)
            self._ask(story, grant=False)
        self._wait_past(story, story.solve_by)

    def _rise_refused(self, story: Story) -> None:
        self.go(story, self.rng.randint(0, 1) if self.left(story) else 0)
        story.refuse(story.holder, self.some("refuse"))

    def _rise_by_hand(self, story: Story) -> None:
        self._take(story, promise=0.4)
        self.go(story, min(self.rng.randint(1, 3), self.left(story)))
        story.escalate(story.tier_holder, self.some("by_hand"))

    def _wait_past(self, story: Story, deadline: Any) -> None:
        if self.chance(0.25) and self.left(story) > 1:
            self._urge(story)
        story.step(datetime.combine(deadline.due_on + timedelta(days=1), time(0, 20), BEIJING))
        if story.at > END:
            raise Other

    # What a rung does ------------------------------------------------------------------------------------------------------------

    def _take(self, story: Story, *, promise: float, fast: bool = False) -> None:
        """Answer within the term, often on the same day, with a date where one can be given."""
        term = self.days.elapsed_working_days(story.today, story.respond.due_on) if story.respond else 0
        self.go(story, 0 if fast or self.chance(0.6) else min(1, term))
        day = None
        if self.chance(promise) and self.left(story) > 0:
            day = self.days.due(story.today, self.rng.randint(max(1, self.left(story) - 3), self.left(story)))
        story.take(story.holder, day, self.some("take"))

    def body(self, story: Story) -> Organisation:
        """A unit of the district, or the body of the city, that handles this kind."""
        kind, town = story.problem.kind_id, story.town
        city = {"power": ["power"], "heat": ["heat"], "approval": ["permits-a", "permits-b"]}.get(kind, [])
        if city and self.chance(0.3):
            return town.bodies[self.rng.choice(city)]
        units = town.units.get(story.posts.project.area_id or "", {})
        names = [name for name in self.words["kinds"][kind]["units"] if name in units]
        return units[self.rng.choice(names)]

    def _hand_on(self, story: Story, plot: Plot) -> None:
        """To a department, or within a task force to one of its members."""
        crew = story.posts.crew(story.today) if story.problem.tier == 2 and not plot.body else []
        if crew and self.chance(0.3):
            story.delegate(story.tier_holder, self.some("delegate"), person=self.town.users[self.rng.choice(crew)])
        else:
            story.delegate(story.tier_holder, self.some("delegate"), department=plot.body or self.body(story))

    def _ask(self, story: Story, *, grant: bool | None) -> None:
        """Ask for time; the other side or the tier above answers a little later, or has not yet."""
        story.ask_time(story.holder, self.rng.randint(2, 6), self.some("time"))
        if grant is None:
            return
        self.go(story, 0)
        owner = story.posts.owner
        sides = (owner if self.chance(0.4) else None, story.above, owner)
        judge = next((user for user in sides if user and user.pk != story.rows[TimeRequest][-1].by_id), None)
        if judge is None:
            raise Other
        if grant:
            story.grant_time(judge, self.some("granted"))
        else:
            story.deny_time(judge, self.some("denied"))

    def _urge(self, story: Story) -> None:
        self.go(story, 1)
        story.urge(story.problem.reporter if self.chance(0.7) else story.posts.centre().user, self.some("urge"))

    def _talk(self, story: Story) -> None:
        desks = "power_desks" if story.problem.kind_id == "power" else "desks"
        story.log_contact(story.holder, self.some(desks), self.some("contacts"))

    def _stop(self, story: Story) -> None:
        kind = self.rng.choice(["owner_request", "owner_request", "make_good"])
        story.pause(story.holder, kind, self.some("pause" if kind == "owner_request" else "make_good"))

    def _consult(self, story: Story, answered: float = 0.85) -> None:
        units = story.town.units.get(story.posts.project.area_id or "", {})
        if not units:
            return
        bodies = [units[name] for name in self.rng.sample(sorted(units), self.rng.randint(1, 3))]
        story.consult(story.holder, bodies, self.some("consult"), self.town.rules.consult)
        for row in story.open_orders(Consultation):
            if self.chance(answered) and self.left(story) > 1:
                self.go(story, 0)
                story.reply("answer_consult", row, story.town.behind(row.owner_key), self.some("consult_answer"))

    def _order(self, story: Story, *, leader: bool) -> Any:
        due = self.days.due(story.today, self.rng.randint(2, 4))
        if leader:
            by = story.posts.holder(TOP, story.today).user
            return None if by.pk == story.holder.pk else story.instruct(by, self.some("instruct"), due)
        return story.supervise(self.town.inspector, self.some("supervise"), due)

    def _work(self, story: Story, plot: Plot) -> None:
        """What a rung does on the way to a solution: each step only where the term leaves room for it."""
        tier, kind = story.problem.tier, story.problem.kind_id
        if story.problem.state != Problem.State.ASSIGNED and (plot.body or self.chance({1: 0.3, 2: 0.5, 3: 0.35}[tier])):
            self.go(story, 0)
            self._hand_on(story, plot)
        self._take(story, promise=0.75)
        steps: list[Callable[[], None]] = []
        if self.chance(0.6 if kind == "power" else 0.18):
            steps += [lambda: self._talk(story)] * self.rng.randint(1, 3)
        if tier > 1 and self.chance(0.25):
            steps.append(lambda: self._consult(story))
        if self.chance(0.14):
            steps.append(lambda: self._ask(story, grant=self.chance(0.75)))
        if self.chance(0.1):
            steps.append(lambda: self._urge(story))
        if self.chance({1: 0.02, 2: 0.1, 3: 0.2}[tier]):
            steps.append(lambda: self._ordered(story, leader=True))
        if self.chance(0.03):
            steps.append(lambda: self._ordered(story, leader=False))
        if self.chance(0.07):
            steps.append(lambda: self._paused(story))
        self.rng.shuffle(steps)
        for step in steps:
            if self.left(story) < 2:
                break
            self.go(story, self.rng.choice((0, 0, 1)))
            step()

    def _ordered(self, story: Story, *, leader: bool) -> None:
        row = self._order(story, leader=leader)
        if row is not None and self.chance(0.85):
            self.go(story, 1)
            verb, words = ("carry_out", "carried") if leader else ("answer_supervision", "supervised")
            story.reply(verb, row, story.holder, self.some(words))

    def _paused(self, story: Story) -> None:
        self._stop(story)
        self.go(story, self.rng.randint(2, 12))
        story.resume(story.tier_holder)

    # The ends ----------------------------------------------------------------------------------------------------------------

    def _solve(self, story: Story, plot: Plot) -> None:
        """Mostly on the promised day or before it, else within the term; on the highest tier at times after it."""
        self._work(story, plot)
        standing = story.standing()
        promised = standing[-1].due_on if standing else None
        keeps = promised and self.chance(0.82)
        last = self.days.elapsed_working_days(story.today, promised if keeps else story.solve_by.due_on)  # type: ignore[arg-type,union-attr]
        if story.problem.tier == TOP and self.chance(0.2):
            self.go(story, max(0, last) + self.rng.randint(2, 5))
            for row in story.open_orders(Supervision):
                story.reply("answer_supervision", row, story.holder, self.some("supervised"))
                self.go(story, 1)
        else:
            low = 0 if keeps or not promised else max(0, self.days.elapsed_working_days(story.today, promised) + 1)
            self.go(story, self.rng.randint(min(low, last), last) if last > 0 else 0)
        story.solve(story.holder, self.about(story.problem.title, story.problem.kind_id, "results"))

    def _end_confirmed(self, story: Story, plot: Plot) -> None:
        """Solved, confirmed with a rating, and filed by the centre or by the robot."""
        self._solve(story, plot)
        self._confirm(story)
        if story.posts.centre().user.pk != story.problem.solved_by_id and self.chance(0.7):
            self.go(story, self.rng.randint(0, 1))
            story.close(story.posts.centre().user)
        else:
            story.step(self._past(story))

    def _past(self, story: Story) -> datetime:
        """The morning after the running clock's due day."""
        to = datetime.combine(story.confirm_by.due_on + timedelta(days=1), time(0, 20), BEIJING)  # type: ignore[union-attr]
        if to > END:
            raise Other
        return to

    def _confirm(self, story: Story) -> None:
        who = self._waiting(story)
        self.go(story, self.rng.randint(0, 4))
        problem = story.problem
        slow = problem.tier > 1 or problem.reopen_count
        mark = self.rng.choices((5, 4, 3, 2, 1), (30, 40, 20, 7, 3) if slow else (55, 32, 9, 3, 1))[0]
        story.confirm(who, mark, self.some("good" if mark > 3 else "fair" if mark == 3 else "poor"))

    def _waiting(self, story: Story) -> User:
        """Who can say that it is solved: the reporter, else the owner; never who solved it."""
        problem = story.problem
        for user in (problem.reporter, story.posts.owner):
            if user and user.pk != problem.solved_by_id and user.pk in self.town.confirmers:
                return user
        raise Other

    def _end_unheard(self, story: Story, plot: Plot) -> None:
        """Solved; the reporter is silent, the robot sends it to the centre, which calls back and files it."""
        self._solve(story, plot)
        story.step(self._past(story))
        self.go(story, self.rng.randint(0, 2))
        if story.posts.centre().user.pk == story.problem.solved_by_id:
            raise Other
        story.close(story.posts.centre().user, self.some("recall"))

    def _end_reopened(self, story: Story, plot: Plot, times: int = 1) -> None:
        """Said to be solved, and it is not; on the second time it rises."""
        for _turn in range(times):
            self._solve(story, plot)
            who = self._waiting(story)
            self.go(story, self.rng.randint(0, 3))
            story.reopen(who, self.some("reopen"))
        self._end_confirmed(story, plot)

    def _end_reopened_twice(self, story: Story, plot: Plot) -> None:
        self._end_reopened(story, plot, times=2)

    def _end_not_accepted(self, story: Story, plot: Plot) -> None:
        self.go(story, 0)
        asker, judge = story.holder, story.above
        if asker.pk == judge.pk:
            raise Other
        story.ask_not_accept(asker, self.some("dismiss"))
        self.go(story, 0)
        story.not_accept(judge, self.some("dismissed"))

    def _end_declined(self, story: Story, plot: Plot) -> None:
        self.go(story, 0)
        asker, judge = story.holder, story.above
        if asker.pk == judge.pk:
            raise Other
        story.ask_not_accept(asker, self.some("dismiss"))
        self.go(story, 0)
        story.keep_open(judge, self.some("declined"))
        self._end_confirmed(story, plot)

    # How it stands today ---------------------------------------------------------------------------------------------------------

    def _end_solved(self, story: Story, plot: Plot) -> None:
        """Solved in these days; it is the reporter's turn."""
        self._solve(story, plot)
        self._stand(story, plot)

    def _end_to_file(self, story: Story, plot: Plot) -> None:
        self._solve(story, plot)
        self._confirm(story)
        self._stand(story, plot)

    def _end_to_call(self, story: Story, plot: Plot) -> None:
        """Solved a week ago and no word: the centre is to call."""
        self._solve(story, plot)
        story.step(self._past(story))
        self._stand(story, plot)

    def _end_fresh(self, story: Story, plot: Plot) -> None:
        """Reported, or risen, and not answered yet."""
        self._stand(story, plot)

    def _end_assigned(self, story: Story, plot: Plot) -> None:
        if story.problem.state != Problem.State.ASSIGNED:
            self.go(story, 0)
            self._hand_on(story, plot)
        self._stand(story, plot)

    def _end_doing(self, story: Story, plot: Plot) -> None:
        """Taken, with some of the work done."""
        if plot.body and story.problem.department_id is None:
            self.go(story, 0)
            self._hand_on(story, plot)
        self._take(story, promise=0.8)
        extras: list[tuple[float, Callable[[], Any]]] = [
            (0.25, lambda: self._talk(story)),
            (0.15, lambda: self._urge(story)),
            (0.15, lambda: self._consult(story, answered=0.4) if story.problem.tier > 1 else None),
            (0.15, lambda: self._ask(story, grant=True)),
            (0.12, lambda: self._order(story, leader=True)),
        ]
        for share, extra in extras:
            if self.chance(share) and self.left(story) > 1 and story.at < END - timedelta(hours=20):
                self.go(story, 0)
                extra()
        self._stand(story, plot)

    def _end_asked(self, story: Story, plot: Plot) -> None:
        self._take(story, promise=0.5)
        self.go(story, 0)
        self._ask(story, grant=None)
        self._stand(story, plot)

    def _end_dismissal(self, story: Story, plot: Plot) -> None:
        self.go(story, 0)
        if story.holder.pk == story.above.pk:
            raise Other
        story.ask_not_accept(story.holder, self.some("dismiss"))
        self._stand(story, plot)

    def _end_paused(self, story: Story, plot: Plot) -> None:
        self._take(story, promise=0.5)
        self.go(story, 0)
        self._stop(story)
        self._stand(story, plot)

    def _end_supervised(self, story: Story, plot: Plot) -> None:
        self._take(story, promise=0.6)
        self.go(story, 1)
        self._order(story, leader=False)
        self._stand(story, plot)

    def _stand(self, story: Story, plot: Plot) -> None:
        """Let the days pass until the demo's eve; it must stand as wanted, with its next due day where it is wanted."""
        state, problem = story.problem.state, story.problem
        if story.at > END:
            raise Other
        story.step(END)
        first, last = plot.due or (TODAY, date.max)
        if problem.state != state or (problem.working and problem.tier != plot.tier) or (plot.holder and problem.holder_key != plot.holder):
            raise Other
        if not problem.paused_since and not first <= problem.due_on <= last:
            raise Other


def days_back(days: Any, rng: Random, plot: Plot) -> Iterator[date]:
    """Report days to try for a story that is open today: about as long ago as its turns take, in working days."""
    took = {"silent": (1, 4), "late": (3, 8), "refused": (0, 2), "by_hand": (1, 4)}
    within = {
        "fresh": (0, plot.tier - 1), "assigned": (0, plot.tier), "doing": (0, {1: 2, 2: 6, 3: 13}[plot.tier]), "asked": (0, plot.tier * 2),
        "dismissal": (0, plot.tier - 1), "paused": (2, 25), "supervised": (1, plot.tier * 3), "solved": (1, 6), "to_file": (1, 6), "to_call": (6, 10),
    }  # fmt: skip
    ranges = [took[way] for way in plot.rises] + [within.get(plot.ending, (0, 5))]
    if plot.due and plot.due[0] < TODAY:
        ranges[-1] = (ranges[-1][0], ranges[-1][1] + 5)
    while True:
        day = date(2023, 2, 9)
        for _step in range(sum(rng.randint(*each) for each in ranges)):
            day = days.previous_workday(day)
        yield day
