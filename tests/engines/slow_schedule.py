"""A critical path the slow way: every working minute of every calendar in a list, one activity after another, the rules as they are told.

Written apart from the engine, from the rules at the head of its `cpm` module; it shares nothing with it but the records it is given.
"""

from bisect import bisect_left
from datetime import datetime, timedelta
from functools import cache

from zhuanban.engines.schedules import ConstraintType, Kind, LagCalendar, LinkType

MINUTE = timedelta(minutes=1)


class Minutes:
    """A calendar as the list of all its working minutes between two days."""

    def __init__(self, calendar, first: datetime, last: datetime):
        self.first = first
        worked = set()
        day = first
        while day < last:
            base = int((day - first) / MINUTE)
            for start, end in calendar.shifts_on(day.date()):
                worked.update(range(base + start, base + end))
            day += timedelta(days=1)
        self.worked = sorted(worked)

    def work(self, at: datetime) -> int:
        return bisect_left(self.worked, int((at - self.first) / MINUTE))

    def start(self, work: int) -> datetime:
        assert work >= 0
        return self.first + self.worked[work] * MINUTE

    def finish(self, work: int) -> datetime:
        assert work >= 1
        return self.first + (self.worked[work - 1] + 1) * MINUTE

    def add(self, at: datetime, minutes: int) -> datetime:
        if minutes == 0:
            return at
        work = self.work(at) + minutes
        return self.finish(work) if minutes > 0 else self.start(work)


class Slow:
    """Dates of a network; `early[id]`, `late[id]` are (start, finish, work at start, work at finish)."""

    def __init__(self, activities, links, minutes, data_date, project_calendar, mode, must_finish_by=None):
        self.of = {each.id: each for each in activities if each.kind not in (Kind.LEVEL_OF_EFFORT, Kind.SUMMARY)}
        self.links = [each for each in links if each.predecessor in self.of and each.successor in self.of]
        self.minutes, self.data_date, self.project, self.mode = minutes, data_date, project_calendar, mode
        self.remaining = {id: self._remaining(each) for id, each in self.of.items()}
        self.early = {}
        for id in self.of:
            self._early(id)
        still = [self.early[id][1] for id, each in self.of.items() if not each.actual_finish] or [each[1] for each in self.early.values()]
        self.end = max(still, default=data_date)
        self.until = must_finish_by or self.end
        self.late = {}
        for id in self.of:
            self._late(id)
        self._put_off()

    @staticmethod
    def _remaining(each) -> int:
        if each.actual_finish or each.kind in (Kind.START_MILESTONE, Kind.FINISH_MILESTONE):
            return 0
        return each.duration if each.remaining is None else each.remaining

    def _cal(self, id) -> Minutes:
        return self.minutes[self.of[id].calendar]

    def _lag_cal(self, link) -> Minutes:
        keys = {
            LagCalendar.PREDECESSOR: self.of[link.predecessor].calendar,
            LagCalendar.SUCCESSOR: self.of[link.successor].calendar,
            LagCalendar.PROJECT: self.project,
            LagCalendar.ALWAYS: "24h",
        }
        return self.minutes[keys[link.lag_calendar]]

    def _started(self, id) -> bool:
        return bool(self.of[id].actual_start or self.of[id].actual_finish)

    def _lag(self, link) -> int:
        """What is left of the lag at the data date."""
        before = self.of[link.predecessor]
        from_start = link.type in (LinkType.SS, LinkType.SF)
        came = (before.actual_start or before.actual_finish) if from_start else before.actual_finish
        if came is None or link.lag == 0:
            return link.lag
        calendar = self._lag_cal(link)
        return max(0, link.lag - max(0, calendar.work(self.data_date) - calendar.work(came)))

    def binds(self, link) -> bool:
        after = self.of[link.successor]
        if self.mode == "retained_logic":
            return True
        return not (after.actual_finish if link.type in (LinkType.FF, LinkType.SF) else self._started(link.successor))

    def _at(self, id, kind):
        dates = [each.at for each in self.of[id].constraints if each.type is kind and each.at]
        return dates[0] if dates else None

    def _side(self, id, at, side):
        """A limit of something that has work left, on its own side of a boundary."""
        return side(self._cal(id).work(at)) if self._remaining(self.of[id]) else at

    def bound(self, link) -> datetime:
        """The moment that a link allows to its successor's end."""
        start, finish = self._early(link.predecessor)[:2]
        end = start if link.type in (LinkType.SS, LinkType.SF) else finish
        return self._lag_cal(link).add(end, self._lag(link))

    def _early(self, id):
        if id in self.early:
            return self.early[id]
        each, calendar, rest = self.of[id], self._cal(id), self.remaining[id]
        ahead = not self._started(id)
        starts, finishes = [self.data_date], []
        mandatory = ahead and (self._at(id, ConstraintType.MSO) or self._at(id, ConstraintType.MFO))
        coming = [link for link in self.links if link.successor == id and self.binds(link)]
        for link in coming:
            self._early(link.predecessor)
            if not mandatory:
                (finishes if link.type in (LinkType.FF, LinkType.SF) else starts).append(self.bound(link))
        if mandatory:
            starts += [at for at in [self._at(id, ConstraintType.MSO)] if at]
            finishes += [self._side(id, at, calendar.finish) for at in [self._at(id, ConstraintType.MFO)] if at]
        elif ahead:
            starts += [at for at in (self._at(id, ConstraintType.SNET), self._at(id, ConstraintType.SO)) if at]
            told = (self._at(id, ConstraintType.FNET), self._at(id, ConstraintType.FO))
            finishes += [self._side(id, at, calendar.finish) for at in told if at]
        elif each.actual_finish:
            starts.append(each.actual_finish)
        else:
            starts.append(each.actual_start)
            if each.suspend_at and each.resume_at:
                starts.append(each.resume_at)
        work = max([calendar.work(at) for at in starts] + [calendar.work(at) - rest for at in finishes])
        expected = each.expected_finish
        wishes = any(c.type is ConstraintType.ALAP for c in each.constraints)
        free = not each.actual_finish and not wishes and not finishes and each.kind is Kind.TASK and each.duration
        if expected and free and expected >= self.data_date and calendar.work(expected) > work and expected >= calendar.start(work):
            rest = self.remaining[id] = calendar.work(expected) - work
        start, finish = self._place(id, work, work + rest, max(starts + finishes))
        if rest and finishes and max(finishes) == calendar.start(work + rest):
            finish = max(finishes)
        self.early[id] = (start, finish, work, work + rest)
        return self.early[id]

    def _place(self, id, work, until, asked):
        each, calendar = self.of[id], self._cal(id)
        if until > work:
            return calendar.start(work), calendar.finish(until)
        if each.actual_finish:
            return asked, asked
        if each.kind is not Kind.START_MILESTONE and asked == calendar.finish(work):
            return asked, asked
        return calendar.start(work), calendar.start(work)

    def _late(self, id):
        if id in self.late:
            return self.late[id]
        each, calendar, rest = self.of[id], self._cal(id), self.remaining[id]
        starts, finishes = self._allowed(id, self._late)
        finishes.append(self.until)
        work = min([calendar.work(at) for at in finishes] + [calendar.work(at) + rest for at in starts])
        if not self._started(id) and self._at(id, ConstraintType.MSO):
            work = calendar.work(self._at(id, ConstraintType.MSO)) + rest
        if not each.actual_finish and self._at(id, ConstraintType.MFO):
            work = calendar.work(self._at(id, ConstraintType.MFO))
        start, finish = calendar.start(work - rest), calendar.finish(work)
        if rest and starts and min(starts) == calendar.finish(work - rest):
            start = min(starts)
        if rest == 0:
            asked = min(starts + finishes)
            start = finish = start if each.kind is Kind.START_MILESTONE and asked >= start else finish
            if each.actual_finish:
                start = finish = asked
        self.late[id] = (start, finish, work - rest, work)
        return self.late[id]

    def _allowed(self, id, dates_of):
        """Latest moments of an activity's start and finish by its successors and its own constraints."""
        starts, finishes = [], []
        for link in self.links:
            if link.predecessor == id and self.binds(link):
                start, finish = dates_of(link.successor)[:2]
                end = finish if link.type in (LinkType.FF, LinkType.SF) else start
                at = self._lag_cal(link).add(end, -self._lag(link))
                (starts if link.type in (LinkType.SS, LinkType.SF) else finishes).append(at)
        if not self._started(id):
            told = (self._at(id, ConstraintType.SNLT), self._at(id, ConstraintType.SO))
            starts += [self._side(id, at, self._cal(id).start) for at in told if at]
        if not self.of[id].actual_finish:
            finishes += [at for at in (self._at(id, ConstraintType.FNLT), self._at(id, ConstraintType.FO)) if at]
        return starts, finishes

    def _put_off(self):
        """As late as possible: successors first."""

        @cache
        def put_off(id):
            for link in self.links:
                if link.predecessor == id:
                    put_off(link.successor)
            kinds = {each.type for each in self.of[id].constraints}
            if ConstraintType.ALAP not in kinds or self._started(id) or kinds & {ConstraintType.MSO, ConstraintType.MFO}:
                return
            calendar, rest = self._cal(id), self.remaining[id]
            starts, finishes = self._allowed(id, self.early.__getitem__)
            work = min([calendar.work(at) for at in [*finishes, self.end]] + [calendar.work(at) + rest for at in starts])
            if work > self.early[id][3]:
                start, finish = calendar.start(work - rest), calendar.finish(work)
                if rest == 0:
                    start = finish = start if self.of[id].kind is Kind.START_MILESTONE else finish
                self.early[id] = (start, finish, work - rest, work)

        for id in self.of:
            put_off(id)

    def total_float(self, id) -> int:
        return 0 if self.of[id].actual_finish else self.late[id][3] - self.early[id][3]

    def free_float(self, id) -> int:
        each, calendar = self.of[id], self._cal(id)
        wishes = any(c.type is ConstraintType.ALAP for c in each.constraints)
        expected = each.expected_finish and each.kind is Kind.TASK and each.duration and not wishes
        if each.actual_finish or expected or self._at(id, ConstraintType.MFO):
            return 0
        slacks = []
        for link in self.links:
            if link.predecessor != id or not self.binds(link):
                continue
            start, finish = self.early[link.successor][:2]
            end = finish if link.type in (LinkType.FF, LinkType.SF) else start
            slacks.append(calendar.work(end) - calendar.work(self.bound(link)))
        if not slacks:
            slacks = [calendar.work(self.end) - self.early[id][3]]
        return max(0, min(slacks))

    def drives(self, link) -> bool:
        after = self.of[link.successor]
        fixed = any(self._at(link.successor, kind) for kind in (ConstraintType.MSO, ConstraintType.MFO))
        if after.actual_finish or not self.binds(link) or (fixed and not self._started(link.successor)):
            return False
        bound = self.bound(link)
        if self.of[link.predecessor].actual_finish and bound <= self.data_date:
            return False
        stands = self.early[link.successor][3 if link.type in (LinkType.FF, LinkType.SF) else 2]
        return self._cal(link.successor).work(bound) == stands

    def against(self, link) -> bool:
        before, after = self.of[link.predecessor], self.of[link.successor]
        came = after.actual_finish if link.type in (LinkType.FF, LinkType.SF) else after.actual_start or after.actual_finish
        if came is None:
            return False
        from_start = link.type in (LinkType.SS, LinkType.SF)
        end = (before.actual_start or before.actual_finish) if from_start else before.actual_finish
        if end is None:
            end = self.early[link.predecessor][0 if from_start else 1]
        end = self._lag_cal(link).add(end, link.lag)
        calendar = self._cal(link.successor)
        return calendar.work(came) < calendar.work(end)
