"""The verbs of daily tracks: file, correct, prove by photo, remind; and beds for workers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.dispatch import exif
from zhuanban.domains.dispatch.forms import tracks as forms
from zhuanban.domains.dispatch.models.tracks import DailyTrack, TrackCorrection, TrackPhoto, TrackReminder, WorkerHousing
from zhuanban.domains.dispatch.queries import tracks as queries
from zhuanban.domains.dispatch.rules import tracks as rules
from zhuanban.domains.people.models import Area
from zhuanban.domains.plans.actions import record_quantities
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock, files, notices, parameters
from zhuanban.kernel.actions import PARTIES, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.timeline import plain
from zhuanban.kernel.words import kept, listed

NOTHING: Mapping[str, Any] = {"winter_measures": list, "stocks": dict, "weather": str, "done_today": str}


def stamped(by) -> dict[str, Any]:
    at = clock.now()
    return {"created_at": at, "updated_at": at, "created_by": by, "updated_by": by}


class AlreadyFiled(Refused):
    """The day has a report; `track` names it and `same` says whether it is this very one."""

    code = "already_filed"

    def __init__(self, track: DailyTrack, same: bool) -> None:
        super().__init__(_("这一天已经报过，要改请写明理由更正。"), track=track.pk, same=same)
        self.track = track


# Filing ---------------------------------------------------------------------------------------------------------------


@action(
    "dispatch.file_track",
    on=Project,
    label=gettext_lazy("填日报"),
    form=forms.FileForm,
    when=rules.cannot_file,
    creates=DailyTrack,
    readers=PARTIES,
)
def file_track(
    project: Project,
    *,
    by,
    day: date | None = None,
    amounts: Mapping[int, Decimal] | None = None,
    held: Mapping[str, int] | None = None,
    burden: Mapping[str, Any] | None = None,
    quantities: str = "",
    stocks: str = "",
    **facts: Any,
) -> DailyTrack:
    """Tell what happened on the site today: workers, machines, what was done of each work item.

    One report for a project and a day: another one is a correction and needs a reason. A call that repeats its idempotency key gets the
    first answer; without one the day that is there is named, and whether it says the same. Raises AlreadyFiled.
    `amounts` are work item id -> what was done of it today, `held` material -> days that it lasts; `quantities` and `stocks` say the
    same in words for the record. `burden` holds seconds, touched, waited, asked and the draft's key.
    """
    day, amounts = day or clock.today(), amounts or {}
    told = whole(facts | {"stocks": dict(held or {})})
    digest = rules.digest_of(told, amounts)
    cost = {name: value for name, value in (burden or {}).items() if value is not None}
    if there := queries.track_of(project, day):
        raise AlreadyFiled(there, same=is_repeated(there, digest, cost.get("key", "")))
    now = clock.now()
    late = rules.is_late(day, now, cost.get("waited", 0))
    track = DailyTrack.objects.create(
        project=project, day=day, reporter=by, filed_at=now, late=late, digest=digest, **told, **cost, **stamped(by)
    )
    record_quantities(project, day, amounts, by=by, origin=rules.origin_of(track))
    return track


def whole(facts: Mapping[str, Any]) -> dict[str, Any]:
    """All columns that a person fills in; what was left out is unknown."""
    return {name: NOTHING[name]() if facts.get(name) is None and name in NOTHING else facts.get(name) for name in rules.FACTS}


def is_repeated(track: DailyTrack, digest: str, draft: str, reason: str = "") -> bool:
    """Whether a report that comes in is one that arrived before: the same content without a reason to change anything, or the very
    draft that a correction was made of."""
    if draft and (track.corrections.filter(key=draft).exists() or (draft == track.key and digest == track.digest)):
        return True
    return not reason and (digest == track.digest or track.corrections.filter(digest=digest).exists())


@action(
    "dispatch.correct_track",
    on=DailyTrack,
    label=gettext_lazy("更正日报"),
    form=forms.CorrectForm,
    readers=PARTIES,
)
def correct_track(
    track: DailyTrack,
    *,
    by,
    reason: str,
    amounts: Mapping[int, Decimal] | None = None,
    held: Mapping[str, int] | None = None,
    burden: Mapping[str, Any] | None = None,
    quantities: str = "",
    stocks: str = "",
    **facts: Any,
) -> None:
    """Say what was wrong and why. The first entry is kept, the correction stands beside it."""
    given = facts | ({} if held is None else {"stocks": dict(held)})
    became = {name: value for name, value in whole(given).items() if name in given}
    changes = {name: [getattr(track, name), value] for name, value in became.items() if getattr(track, name) != value}
    stood = queries.booked(track)
    moved = {item: [stood.get(item, Decimal(0)), amount] for item, amount in (amounts or {}).items() if stood.get(item, 0) != amount}
    if not changes and not moved:
        raise Refused(_("没有改动任何内容。"))
    steps = {item: after - was for item, (was, after) in moved.items()}
    record_quantities(track.project, track.day, steps, by=by, reason=reason, origin=rules.origin_of(track))
    for name, (_was, value) in changes.items():
        setattr(track, name, value)
    track.corrected += 1
    track.save(update_fields=[*changes, "corrected"])
    TrackCorrection.objects.create(
        track=track,
        changes=plain(changes),
        quantities={str(item): [f"{each.normalize():f}" for each in pair] for item, pair in moved.items()},
        reason=reason,
        by=by,
        at=clock.now(),
        key=(burden or {}).get("key", ""),
        digest=queries.digest_now(track),
    )


# Photos -----------------------------------------------------------------------------------------------------------------


@action(
    "dispatch.add_photo",
    on=DailyTrack,
    label=gettext_lazy("加照片"),
    form=forms.PhotoForm,
    creates=TrackPhoto,
    readers=PARTIES,
)
def add_photo(
    track: DailyTrack,
    *,
    by,
    photo: files.Received,
    ago: int | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
) -> TrackPhoto:
    """Prove the day by a photo, kept with its hash, its time and its place. The same photo again is the one that is there."""
    if there := track.photos.filter(sha256=photo.sha256).first():
        return there
    most = parameters.value(rules.MOST_PHOTOS)
    if track.photos.count() >= most:
        raise Refused(_("一份日报最多 %(n)s 张照片。") % {"n": most})
    told = read_exif(photo)
    phone = clock.now() - timedelta(seconds=ago) if ago is not None else None
    place = (told.latitude, told.longitude) if told.latitude is not None else (latitude, longitude)
    return TrackPhoto.objects.create(
        track=track,
        file=files.record(track.dossier, photo, by=by, kind="track.photo"),
        sha256=photo.sha256,
        taken_at=told.taken_at or phone,
        told_by="exif" if told.taken_at else "phone" if phone else "",
        latitude=place[0],
        longitude=place[1],
        older=rules.is_older(track.day, told.taken_at or phone),
        reused=TrackPhoto.objects.filter(sha256=photo.sha256).exclude(track=track.pk).exists(),
        **how_far(track.project, place),
        **stamped(by),
    )


def read_exif(photo: files.Received) -> exif.Told:
    """What the picture's own block tells; the camera's clock is taken to stand in the city's zone."""
    with files.path_of(photo.sha256).open("rb") as file:
        return exif.read(file.read(exif.HEAD), timezone.get_default_timezone())


def how_far(project: Project, place: tuple[float | None, float | None]) -> dict[str, Any]:
    """Metres from the site and whether that is beyond the city's radius; unknown where either place is."""
    latitude, longitude = place
    if latitude is None or longitude is None or project.latitude is None or project.longitude is None:
        return {}
    metres = rules.metres_between((latitude, longitude), (project.latitude, project.longitude))
    return {"distance": metres, "far": metres > parameters.value(rules.RADIUS)}


# Reminding ----------------------------------------------------------------------------------------------------------------


@action("dispatch.remind_missing", on=Area, label=gettext_lazy("催报"), when=rules.cannot_remind, creates=TrackReminder)
def remind_missing(area: Area, *, by) -> TrackReminder:
    """Remind the secretaries of the area, of the city all, of the reports that are due today and not there."""
    today, now = clock.today(), clock.now()
    day = queries.day_asked(today)
    lacking = dict(queries.missing(queries.of_area(Project.objects.all(), area), day).order_by("name").values_list("pk", "name"))
    if not lacking:
        raise Refused(_("应填的日报都已填报。"))
    most = parameters.value(rules.REMINDERS)
    if by is not None and TrackReminder.objects.filter(area=area, day=day, by__isnull=False).count() >= most:
        raise Refused(_("今天已经催报 %(n)s 次。") % {"n": most})
    due = rules.due_at(day)
    after = due is not None and now > due
    told = notices.leave(reminder_words(lacking, today, due, after), dossier=None, url=reverse("dispatch:today"))
    return TrackReminder.objects.create(area=area, day=day, at=now, by=by, after_cutoff=after, projects=len(lacking), people=len(told))


def reminder_words(lacking: Mapping[int, str], today: date, due: datetime | None, after: bool) -> dict[int, str]:
    """Account -> what it is reminded of, its projects by name."""
    named: dict[int, list[str]] = defaultdict(list)
    for project, people in queries.secretaries(lacking, today).items():
        for person in people:
            named[person].append(lacking[project])
    with kept():
        words = _("日报已过截止时间，请补报：%(names)s") if after else _("请在 %(time)s 前填日报：%(names)s")
        time = timezone.localtime(due).strftime("%H:%M") if due else ""
        return {person: words % {"names": shortened(names), "time": time} for person, names in named.items()}


def shortened(names: list[str]) -> str:
    """The first three by name and how many there are."""
    return listed(names[:3]) + (_("等 %(n)s 个项目") % {"n": len(names)} if len(names) > 3 else "")


# Beds for workers -----------------------------------------------------------------------------------------------------------


@action(
    "dispatch.add_housing",
    on=Project,
    label=gettext_lazy("登记工人宿舍"),
    form=forms.HousingForm,
    when=rules.cannot_file,
    creates=WorkerHousing,
    readers=PARTIES,
)
def add_housing(
    project: Project,
    *,
    by,
    name: str,
    capacity: int,
    temporary_land: bool = False,
    from_day: date | None = None,
    to_day: date | None = None,
) -> WorkerHousing:
    """Where the site's workers live and for how many there is room, so that the site can be run closed off."""
    return WorkerHousing.objects.create(
        project=project,
        name=name,
        capacity=capacity,
        temporary_land=temporary_land,
        from_day=from_day,
        to_day=to_day,
        **stamped(by),
    )


@action(
    "dispatch.close_housing",
    on=WorkerHousing,
    label=gettext_lazy("停用宿舍"),
    form=forms.CloseHousingForm,
    when=rules.cannot_close_housing,
    readers=PARTIES,
)
def close_housing(housing: WorkerHousing, *, by, to_day: date) -> None:
    """Nobody lives there after this day."""
    housing.to_day = to_day
    housing.save(update_fields=["to_day"])
