"""One problem's way up and down the ladder, told in memory with the rows and events that the verbs of `problems` would have written.

Nothing here asks the database: who holds what is read beforehand (`Town`), keys are given out here (`Numbers`), and the robot sweeps
whenever time passes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from typing import Any

from django.db import models

from zhuanban.domains.people.models import Organisation, User
from zhuanban.domains.portfolio.models import Project
from zhuanban.domains.problems.models import (
    Consultation,
    Contact,
    Dismissal,
    Holding,
    Instruction,
    Order,
    Problem,
    Promise,
    Supervision,
    TimeRequest,
    Urging,
)
from zhuanban.domains.responsibility.models import Responsibility, TaskForce, Tier
from zhuanban.engines.calendars import Pause, WorkCalendar
from zhuanban.kernel import actions
from zhuanban.kernel.models import Deadline, DeadlinePause
from zhuanban.site.demo.drafts import BEIJING

State, Settled, Asked = Problem.State, Deadline.State, TimeRequest.State
TOP = 3
NUMBERED = (Problem, Deadline, Promise, TimeRequest, Dismissal, Instruction, Supervision, Consultation, Contact)
"""Tables whose keys are given out here, because events and other rows of the same slice name them."""
STAMPS = {"synthetic": True, "source": "演示", "import_batch": "demo"}
RUNNING = {Settled.OPEN, Settled.PAUSED}
NAMES = [column.attname for column in Problem._meta.concrete_fields if column.name not in actions.NEVER_RECORDED]
_columns = attrgetter(*NAMES)


class Numbers:
    """The next key of each table. What was given to a story that is thrown away is taken back."""

    def __init__(self) -> None:
        self.last: dict[type[models.Model], int] = {
            model: model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0 for model in NUMBERED
        }

    def next(self, model: type[models.Model]) -> int:
        self.last[model] += 1
        return self.last[model]

    def mark(self) -> dict[type[models.Model], int]:
        return dict(self.last)

    def back(self, mark: dict[type[models.Model], int]) -> None:
        self.last = mark


@dataclass(frozen=True)
class Held:
    """Who holds something at a tier: as `responsibility.queries.Holder`, and who acts."""

    key: str
    name: str
    user: User


@dataclass
class Rules:
    """The limits in force, in working days, and the hour at which offices close."""

    tiers: dict[int, Tier]
    confirm: int
    recall: int
    file: int
    supervise: int
    consult: int
    reopens: int
    entry: dict[str, int]
    closes: time


@dataclass
class Town:
    """Who there is: read once."""

    users: dict[int, User]
    desks: dict[str, User]
    centres: dict[str, str]
    heads: dict[str, User]
    handlers: dict[int, User]
    units: dict[str, dict[str, Organisation]]
    bodies: dict[str, Organisation]
    inspector: User
    confirmers: set[int]
    city: str
    rules: Rules
    days: WorkCalendar
    link: str

    @property
    def desk(self) -> User:
        return self.desks[self.city]

    def behind(self, key: str) -> User:
        """The account that acts for a principal."""
        kind, _colon, pk = key.partition(":")
        if kind == "area":
            return self.desks[pk]
        return self.users[int(pk)] if kind == "user" else self.handlers[int(pk)]


@dataclass
class Posts:
    """Who carries one project, day by day."""

    project: Project
    town: Town
    rows: list[Responsibility]
    forces: dict[int, TaskForce]
    members: dict[int, list[int]]
    owner: User | None = None
    officer: User | None = None

    def at(self, post: str, day: date, level: str = "") -> Responsibility | None:
        found = (row for row in self.rows if row.post == post and row.level == level and row.from_day <= day)
        return next((row for row in found if row.to_day is None or row.to_day > day), None)

    def centre(self) -> Held:
        town, area = self.town, self.project.area_id
        area = area if area in town.desks else town.city
        return Held(f"area:{area}", town.centres[area], town.desks[area])

    def holder(self, tier: int, day: date) -> Held:
        """As `responsibility.queries.holder` answers, for a city where nobody is on leave."""
        if tier == 1:
            secretary = self.at("secretary", day)
            return self._person(secretary.person_id) if secretary else self.centre()
        if tier == 2:
            row = self.at("task_force", day)
            force = self.forces.get(row.force_id or 0) if row else None
            lead = self._person(force.lead_id) if force else None
            return Held(lead.key, f"{force.name}（专班长 {lead.name}）", lead.user) if force and lead else self.centre()
        carried = self.at("leader", day, "city") or self.at("leader", day, "district")
        head = self.town.heads.get(self.project.area_id or "") or self.town.heads[self.town.city]
        return self._person(carried.person_id if carried else head.pk)

    def _person(self, pk: int | None) -> Held:
        user = self.town.users[pk or 0]
        return Held(f"user:{pk}", user.name, user)

    def crew(self, day: date) -> list[int]:
        """The task force's members with an account."""
        row = self.at("task_force", day)
        return self.members.get(row.force_id or 0, []) if row else []

    def handed_over(self) -> list[datetime]:
        """The instants at which another secretary took over."""
        return [row.created_at for row in self.rows if row.post == "secretary" and row.from_day > self.since]

    @property
    def since(self) -> date:
        return min((row.from_day for row in self.rows), default=date.max)


@dataclass
class Told:
    """An event to come."""

    at: datetime
    verb: str
    actor: str
    subject: str
    data: dict[str, Any]


@dataclass
class Story:
    """A problem with everything that hangs on it. Each verb does what the action of its name does, at the story's instant."""

    posts: Posts
    numbers: Numbers
    at: datetime
    problem: Problem = field(default_factory=Problem)
    respond: Any = None  # the two are Deadlines that carry their holder's key until they are written
    solve_by: Any = None
    confirm_by: Deadline | None = None
    events: list[Told] = field(default_factory=list)
    rows: dict[type[models.Model], list[Any]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.town, self.rules, self.days = self.posts.town, self.posts.town.rules, self.posts.town.days
        self.follows = [each for each in self.posts.handed_over() if each > self.at]

    # Time ---------------------------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return self.at.astimezone(BEIJING).date()

    def step(self, to: datetime) -> None:
        """Let time pass; whatever falls due on the way is swept, whoever hands over takes the problem along."""
        while True:
            due = min((each for each in self.rows[Deadline] if waiting(each)), key=lambda each: (each.due_on, each.pk), default=None)
            swept = datetime.combine(due.due_on + timedelta(days=1), time(0, 5), BEIJING) if due else None
            if self.follows and self.follows[0] <= to and (swept is None or self.follows[0] <= swept):
                self.at = max(self.at, self.follows.pop(0))
                self.follow()
            elif due and swept and swept <= to:
                self.at = max(self.at, swept)
                due.fired_at = self.at
                self._late(due)
            else:
                break
        self.at = max(to, self.at + timedelta(minutes=4))

    def _late(self, due: Deadline) -> None:
        """What the sweep's handlers do."""
        problem = self.problem
        if due.on_due == "problems.rise" and due in (self.respond, self.solve_by) and problem.working and not problem.paused_since:
            late = "超期未答复" if due is self.respond else "超期未办结"
            self._rise(f"{late}（应于 {due.due_on} 前）")
        elif due.on_due == "problems.silent" and due is self.confirm_by and problem.state == State.SOLVED:
            self.recall(None, "上报方逾期未确认，转项目中心回访")
        elif due.on_due == "problems.file" and due is self.confirm_by and problem.state == State.CONFIRMED:
            self.close(None, "已确认，自动销号")

    def _rise(self, reason: str) -> None:
        if self.problem.tier < TOP:
            self.escalate(None, reason)
        elif not any(row.by_id is None and row.state == Order.State.OPEN for row in self.rows[Supervision]):
            due = self.days.due(self.today, self.rules.supervise)
            self.supervise(None, f"最高层级{reason}，自动督办", due)

    def taken_in(self) -> date:
        return self.days.acceptance_day(self.at, self.rules.closes)

    # Records ------------------------------------------------------------------------------------------------------------

    @contextmanager
    def verb(self, name: str, by: User | None, **said: Any) -> Iterator[None]:
        """Note what a verb on the problem changes."""
        problem = self.problem
        before = _columns(problem)
        yield
        after = _columns(problem)
        changes = {key: [old, new] for key, old, new in zip(NAMES, before, after, strict=True) if old != new}
        if changes:
            problem.version += 1
            problem.updated_at, problem.updated_by = self.at, by
        self.note(name, by, problem, changes, said)

    def note(self, name: str, by: User | None, row: Any, changes: dict[str, Any] | None, said: dict[str, Any]) -> None:
        kept = {key: spoken(value) for key, value in said.items() if value not in (None, "", [])}
        data = ({"changes": changes} if changes else {}) | {"said": kept}
        subject = f"{row._meta.label_lower}:{row.pk}"
        self.events.append(Told(self.at, f"problems.{name}", by.username if by else "robot", subject, data))

    def add(self, model: type[models.Model], author: User | None = None, /, **values: Any) -> Any:
        """A row of the problem with its stamps and, where others name it, its key."""
        if model in NUMBERED:
            values["pk"] = self.numbers.next(model)
        if issubclass(model, Promise | TimeRequest | Dismissal | Order | Contact):
            values |= {"created_at": self.at, "created_by": author, "updated_at": self.at, "updated_by": author, **STAMPS}
        row = model(**values)
        self.rows[model].append(row)
        return row

    # The holder and the clocks --------------------------------------------------------------------------------------------

    def owe(self, title: str, days: int | None, *, on_due: str = "problems.rise", key: str = "", start: date | None = None, due: date | None = None) -> Deadline:  # fmt: skip
        began = start or (self.taken_in() if due is None else self.today)
        ends = due or self.days.due(began, days or 0)
        row = self.add(
            Deadline,
            dossier_id=self.posts.project.pk,
            on_due=on_due,
            title=f"{title}：{self.problem.title}"[:200],
            url=self.town.link.replace("0", str(self.problem.pk)),
            started_on=began,
            working_days=days,
            due_on=ends,
            provisional=self.days.touches_provisional(began, ends),
        )
        row.holder_key = key or self.problem.holder_key
        return row

    def settle(self, deadline: Deadline, state: str = Settled.SETTLED) -> None:
        deadline.state, deadline.settled_at = state, self.at

    def pass_to(self, key: str, name: str, why: str, *, department: Organisation | None = None, waiting: bool = False) -> None:
        if self.rows[Holding]:
            self.rows[Holding][-1].to_at = self.rows[Holding][-1].to_at or self.at
        told = {"holder_key": key, "holder_name": name[:120], "department": department, "waiting": waiting, "why": why}
        self.add(Holding, problem=self.problem, tier=self.problem.tier, from_at=self.at, **told)

    def hold(self, key: str, name: str, why: str, *, department: Organisation | None = None) -> None:
        problem = self.problem
        problem.holder_key, problem.holder_name, problem.department = key, name[:120], department
        self.pass_to(key, name, why, department=department)

    def turn(self, tier: int, why: str, state: str = State.TRIAGED) -> None:
        self.stop()
        problem, found, limits, start = self.problem, self.posts.holder(tier, self.today), self.rules.tiers[tier], self.taken_in()
        problem.tier, problem.state = tier, state
        problem.responded_at = problem.solved_at = problem.solved_by = problem.closed_at = problem.recalled_at = None
        self.hold(found.key, found.name, why)
        self.respond = self.owe("答复问题", limits.respond_days, start=start)
        self.solve_by = self.owe("解决问题", limits.solve_days, start=start)
        self.confirm_by = None
        self.keep()

    def stop(self, state: str = Settled.CANCELLED) -> None:
        for deadline in (self.respond, self.solve_by, self.confirm_by):
            if deadline and deadline.state in RUNNING:
                if deadline.state == Settled.PAUSED:
                    self._resume(deadline)
                self.settle(deadline, state)
        self.problem.paused_since = None
        for row in (*self.rows[TimeRequest], *self.rows[Dismissal]):
            if row.state == "asked":
                row.state = "lapsed"

    def answered(self) -> None:
        self.problem.responded_at = self.problem.responded_at or self.at
        if self.respond and self.respond.state == Settled.OPEN:
            self.settle(self.respond)

    def keep(self) -> None:
        problem = self.problem
        problem.respond, problem.solve, problem.confirm = self.respond, self.solve_by, self.confirm_by
        running = [each.due_on for each in (self.respond, self.solve_by, self.confirm_by) if each and each.state in RUNNING]
        problem.due_on = min(running) if running else problem.due_on

    def finish(self, state: str) -> None:
        self.stop()
        self.problem.state, self.problem.closed_at = state, self.at
        self.rows[Holding][-1].to_at = self.at
        for model in (Consultation, Instruction, Supervision):
            self.lapse(model)
        self.keep()

    def lapse(self, model: type[Order]) -> None:
        for row in self.rows[model]:
            if row.state == Order.State.OPEN:
                self.settle(row.deadline, Settled.CANCELLED)
                row.state = Order.State.LAPSED

    # Promises -------------------------------------------------------------------------------------------------------------

    def promise(self, by: User | None, due_on: date, kind: str, *, instruction: Instruction | None = None, reason: str = "") -> None:
        old = self.standing() if instruction is None else []
        problem = self.problem
        name = instruction.owner_name if instruction else problem.holder_name
        row = self.add(
            Promise, by, project=self.posts.project, problem=problem, instruction=instruction, made_to_id=self.posts.project.owner_org_id, made_by=by,
            department=problem.department, holder_name=name, kind=kind, promised_on=self.today, due_on=due_on, reason=reason,
        )  # fmt: skip
        for each in old:
            each.changed_to, each.reason = row, reason

    def standing(self) -> list[Promise]:
        return [
            row
            for row in self.rows[Promise]
            if not (row.instruction_id or row.kept_on or row.changed_to_id or row.withdrawn_on)
        ]  # fmt: skip

    def withdraw(self, reason: str) -> None:
        for row in self.standing():
            row.withdrawn_on, row.reason = self.today, reason

    # Reporting and triage ---------------------------------------------------------------------------------------------------

    def report(self, by: User, facts: dict[str, Any]) -> None:
        """`facts`: kind (its row), title, description, place, needs."""
        tier = max((self.rules.entry.get(need, 1) for need in facts["needs"]), default=1)
        stamps = {"created_at": self.at, "created_by": by, "updated_at": self.at, "updated_by": by, **STAMPS}
        home = {"project": self.posts.project, "reporter": by, "reporter_org_id": by.organisation_id}
        self.problem = self.add(
            Problem, state=State.CLOSED, holder_key="-", holder_name="-", tier=tier, due_on=self.today, reported_at=self.at, **home, **facts, **stamps
        )  # fmt: skip
        self.turn(tier, "reported", State.REPORTED)
        self.note("report", by, self.problem, None, facts)

    def triage(self, by: User, department: Organisation | None, note: str) -> None:
        with self.verb("triage", by, tier=self.problem.tier, department=department, note=note):
            self.problem.state = State.TRIAGED
            if department:
                self._hand_on(f"org:{department.pk}", department.name, department)
            self.keep()

    def _hand_on(self, key: str, name: str, department: Organisation | None) -> None:
        if self.respond and self.respond.state == Settled.OPEN:
            self.settle(self.respond)
        self.problem.state, self.problem.responded_at = State.ASSIGNED, None
        self.hold(key, name, "delegated", department=department)
        self.respond = self.owe("答复问题", self.rules.tiers[self.problem.tier].respond_days)
        if self.solve_by:
            self.solve_by.holder_key = key

    # The contract of a tier -------------------------------------------------------------------------------------------------

    def take(self, by: User, promise_on: date | None = None, note: str = "") -> None:
        with self.verb("take", by, promise_on=promise_on, note=note):
            self.answered()
            self.problem.state = State.IN_PROGRESS
            self.keep()
            if promise_on:
                self.promise(by, promise_on, Promise.Kind.ANSWER)

    def solve(self, by: User, note: str) -> None:
        problem = self.problem
        with self.verb("solve", by, note=note):
            self.answered()
            self.stop(Settled.SETTLED)
            problem.state, problem.solved_at, problem.solved_by, problem.result = State.SOLVED, self.at, by, note
            owner = self.posts.project.owner_org_id
            key = f"org:{owner}" if owner else f"user:{problem.reporter_id}"
            self.pass_to(key, "等待上报方确认", "solved", waiting=True)
            self.confirm_by = self.owe("请确认办理结果", self.rules.confirm, on_due="problems.silent", key=key)
            self.lapse(Consultation)
            self.keep()
            for row in self.standing():
                row.kept_on = self.today

    def delegate(self, by: User, reason: str, *, department: Organisation | None = None, person: User | None = None) -> None:
        key, name = (f"org:{department.pk}", department.name) if department else (f"user:{person.pk}", person.name)  # type: ignore[union-attr]
        with self.verb("delegate", by, reason=reason, department=department, person=person and person.pk):
            self._hand_on(key, name, department)
            self.keep()

    def refuse(self, by: User, rule: str) -> None:
        with self.verb("refuse", by, rule=rule):
            self.answered()
            self.turn(self.problem.tier + 1, "risen")

    def ask_time(self, by: User, days: int, reason: str) -> None:
        with self.verb("ask_time", by, days=days, reason=reason):
            self.answered()
            if self.problem.state in Problem.WAITING:
                self.problem.state = State.IN_PROGRESS
            self.add(TimeRequest, by, problem=self.problem, days=days, reason=reason, by=by)
            self.keep()

    def grant_time(self, by: User, answer: str) -> None:
        asked = self.rows[TimeRequest][-1]
        with self.verb("grant_time", by, answer=answer):
            clock = self.solve_by
            clock.working_days += asked.days  # type: ignore[union-attr,operator]
            clock.due_on = self._due(clock)  # type: ignore[union-attr,arg-type]
            asked.state, asked.decided_by, asked.answer, asked.new_due = Asked.GRANTED, by, answer, clock.due_on  # type: ignore[union-attr]
            self.keep()
            self.promise(asked.by, asked.new_due, Promise.Kind.EXTENSION, reason=asked.reason)

    def deny_time(self, by: User, answer: str) -> None:
        asked = self.rows[TimeRequest][-1]
        with self.verb("deny_time", by, answer=answer):
            asked.state, asked.decided_by, asked.answer = Asked.DENIED, by, answer

    # Stops of the clock -------------------------------------------------------------------------------------------------------

    def pause(self, by: User, kind: str, reason: str) -> None:
        with self.verb("pause", by, kind=kind, reason=reason):
            for deadline in (self.respond, self.solve_by):
                if deadline and deadline.state == Settled.OPEN:
                    deadline.state = Settled.PAUSED
                    self.add(DeadlinePause, deadline=deadline, kind=kind, reason=reason, from_day=self.today, by=by)
            self.problem.paused_since = self.today
            self.keep()

    def resume(self, by: User) -> None:
        with self.verb("resume", by):
            for deadline in (self.respond, self.solve_by):
                if deadline and deadline.state == Settled.PAUSED:
                    self._resume(deadline)
            self.problem.paused_since = None
            self.keep()

    def _resume(self, deadline: Deadline) -> None:
        for stop in self.rows[DeadlinePause]:
            if stop.deadline_id == deadline.pk and stop.to_day is None:
                stop.to_day = self.today
        deadline.state, deadline.due_on = Settled.OPEN, self._due(deadline)

    def _due(self, deadline: Deadline) -> date:
        stops = [Pause(row.from_day, row.to_day) for row in self.rows[DeadlinePause] if row.deadline_id == deadline.pk]
        return self.days.due_with_pauses(deadline.started_on, deadline.working_days or 0, stops) or deadline.due_on

    # The ladder -----------------------------------------------------------------------------------------------------------

    def escalate(self, by: User | None, reason: str) -> None:
        with self.verb("escalate", by, reason=reason):
            self.turn(self.problem.tier + 1, "risen")

    def follow(self) -> None:
        """The secretary has changed: the robot lets the tier's matters go along."""
        problem = self.problem
        if not problem.pk or not problem.working:
            return
        with self.verb("follow", None):
            found = self.posts.holder(problem.tier, self.today)
            crew = {f"user:{pk}" for pk in self.posts.crew(self.today)} if problem.tier == 2 else set()
            if problem.department_id or problem.holder_key in {found.key, *crew}:
                return
            self.hold(found.key, found.name, "followed")
            for deadline in (self.respond, self.solve_by):
                if deadline and deadline.state in RUNNING:
                    deadline.holder_key = found.key
            self.keep()

    def order(self, model: type[Order], by: User | None, text: str, due: date, department: Organisation | None, title: str) -> Any:
        problem = self.problem
        key, name = (f"org:{department.pk}", department.name) if department else (problem.holder_key, problem.holder_name)
        deadline = self.owe(title, None, on_due="problems.order_late", key=key, due=due)
        asked = {"department": department} if model is Consultation else {}
        return self.add(model, by, problem=problem, by=by, text=text, owner_key=key, owner_name=name, deadline=deadline, **asked)

    def instruct(self, by: User, text: str, due: date) -> Instruction:
        row = self.order(Instruction, by, text, due, None, "落实批示")
        self.promise(by, due, Promise.Kind.INSTRUCTION, instruction=row)
        self.note("instruct", by, row, None, {"text": text, "due_on": due})
        return row

    def supervise(self, by: User | None, text: str, due: date) -> Supervision:
        self.problem.supervised = True
        row = self.order(Supervision, by, text, due, None, "答复督办")
        self.note("supervise", by, row, None, {"text": text, "due_on": due})
        return row

    def consult(self, by: User, departments: list[Organisation], text: str, days: int) -> None:
        due = self.days.due(self.taken_in(), days)
        with self.verb("consult", by, departments=departments, text=text, days=days):
            for department in departments:
                self.order(Consultation, by, text, due, department, "会商答复")

    def reply(self, verb: str, row: Order, by: User, answer: str) -> None:
        """Answer an order: `carry_out`, `answer_supervision` or `answer_consult`."""
        row.answer, row.answered_by, row.answered_at, row.state = answer, by, self.at, Order.State.DONE
        row.version, row.updated_at, row.updated_by = row.version + 1, self.at, by
        self.settle(row.deadline)
        if verb == "carry_out":
            next(each for each in self.rows[Promise] if each.instruction_id == row.pk).kept_on = self.today
        changes = {"state": ["open", "done"], "answer": ["", answer], "answered_by_id": [None, by.pk], "answered_at": [None, self.at]}
        self.note(verb, by, row, changes, {"answer": answer})

    def urge(self, by: User | None, words: str) -> None:
        with self.verb("urge", by, words=words):
            row = self.add(
                Urging, problem=self.problem, by=by, day=self.today, at=self.at, holder_name=self.problem.holder_name, words=words
            )
            row.told = (self.town.behind(self.problem.holder_key), f"催办：{self.problem.title}（期限 {self.problem.due_on}）{words}")

    def log_contact(self, by: User, spoke_with: str, words: str) -> None:
        row = self.add(Contact, by, problem=self.problem, by=by, spoke_with=spoke_with, day=self.today, words=words)
        self.note("log_contact", by, row, None, {"spoke_with": spoke_with, "words": words})

    # Not accepted, merged -------------------------------------------------------------------------------------------------

    def ask_not_accept(self, by: User, reason: str) -> None:
        with self.verb("ask_not_accept", by, reason=reason):
            self.add(Dismissal, by, problem=self.problem, reason=reason, by=by)

    def not_accept(self, by: User, answer: str) -> None:
        with self.verb("not_accept", by, answer=answer):
            self._decide(by, answer, Dismissal.State.AGREED)
            self.problem.result = answer
            self.withdraw(answer)
            self.finish(State.NOT_ACCEPTED)

    def keep_open(self, by: User, answer: str) -> None:
        with self.verb("keep_open", by, answer=answer):
            self._decide(by, answer, Dismissal.State.DECLINED)

    def _decide(self, by: User, answer: str, state: str) -> None:
        asked = self.rows[Dismissal][-1]
        asked.state, asked.decided_by, asked.answer = state, by, answer

    def merge(self, by: User, into: Problem) -> None:
        """Only what has no promise yet is merged here."""
        with self.verb("merge", by, into=into):
            self.problem.merged_into = into
            self.finish(State.MERGED)

    # The end --------------------------------------------------------------------------------------------------------------

    def confirm(self, by: User, rating: int, words: str) -> None:
        with self.verb("confirm", by, rating=rating, words=words):
            self.settle(self.confirm_by)  # type: ignore[arg-type]
            problem, centre = self.problem, self.posts.centre()
            problem.state, problem.rating, problem.rating_words = State.CONFIRMED, rating, words
            self.pass_to(centre.key, centre.name, "confirmed")
            self.confirm_by = self.owe("销号", self.rules.file, on_due="problems.file", key=centre.key)
            self.keep()

    def recall(self, by: User | None, note: str) -> None:
        with self.verb("recall", by, note=note):
            self.settle(self.confirm_by)  # type: ignore[arg-type]
            self.problem.recalled_at = self.at
            self.confirm_by = self.owe(
                "回访并销号", self.rules.recall, on_due="problems.order_late", key=self.posts.centre().key
            )  # fmt: skip
            self.keep()

    def close(self, by: User | None, note: str = "") -> None:
        with self.verb("close", by, note=note):
            self.finish(State.CLOSED)

    def reopen(self, by: User, reason: str) -> None:
        with self.verb("reopen", by, reason=reason):
            problem, solved = self.problem, self.problem.solved_at.astimezone(BEIJING).date()  # type: ignore[union-attr]
            for row in self.rows[Promise]:
                if not row.instruction_id and not row.changed_to_id and row.kept_on == solved:
                    row.kept_on, row.reason = None, f"重开：{reason}"
            problem.reopen_count += 1
            problem.rating, problem.rating_words = None, ""
            rises = problem.reopen_count >= self.rules.reopens and problem.tier < TOP
            self.turn(problem.tier + rises, "reopened")

    def open_orders(self, model: type[Order]) -> list[Any]:
        return [row for row in self.rows[model] if row.state == Order.State.OPEN]

    # Who is there -----------------------------------------------------------------------------------------------------------

    @property
    def holder(self) -> User:
        """Who acts for the holder."""
        return self.town.behind(self.problem.holder_key)

    @property
    def tier_holder(self) -> User:
        return self.posts.holder(self.problem.tier, self.today).user

    @property
    def above(self) -> User:
        return self.posts.holder(self.problem.tier + 1, self.today).user if self.problem.tier < TOP else self.town.desk


def waiting(deadline: Deadline) -> bool:
    """Whether the sweep has still to come to it."""
    return deadline.state == Settled.OPEN and deadline.fired_at is None


def spoken(value: Any) -> Any:
    """As events keep an argument."""
    if isinstance(value, models.Model):
        return f"{value._meta.label_lower}:{value.pk}"
    return [spoken(each) for each in value] if isinstance(value, list) else value
