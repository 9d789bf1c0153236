"""The day's track (日跟踪): what a site did on a day, its photos and corrections; who was reminded; beds for the workers."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhuanban.domains.people.models import Area, User
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel.columns import money
from zhuanban.kernel.models import Dossier, PartyQuerySet, Record, StoredFile


class TrackQuerySet(PartyQuerySet):
    """Rows of a project's days: read in the city's offices wherever they see the project, outside only by its own people."""

    dossier_path = "project_id"


class TrackPartQuerySet(TrackQuerySet):
    dossier_path = "track__project_id"


class DailyTrack(Record):
    """What happened on a site on a day (日跟踪), as its secretary filed it: one row for a project and a day, holding the values in force.

    Unknown is null, never zero. `stocks` are days that a material lasts, `invested` yuan spent on the day. `filed_at` is when it
    arrived, `waited` the seconds that it had waited on the phone for a network, `late` whether it came after the cut-off: that stays,
    whatever is corrected later. `seconds`, `asked` and `touched` are the burden: how long the form was open, how many fields it asked
    and how many were changed. `key` is the draft's own name on the phone and `digest` the SHA-256 of what was filed first, so that a
    retry is known for what it is.
    """

    class Weather(models.TextChoices):
        SUNNY = "sunny", _("晴")
        CLOUDY = "cloudy", _("多云")
        RAIN = "rain", _("雨")
        SNOW = "snow", _("雪")
        WIND = "wind", _("大风")
        FOG = "fog", _("雾霾")

    class Measure(models.TextChoices):
        ENCLOSURE = "enclosure", _("暖棚封闭")
        HEATING = "heating", _("供热正常")
        CURING = "curing", _("保温养护")
        ANTIFREEZE = "antifreeze", _("防冻剂")
        FIRE = "fire", _("防火防煤气检查")
        SNOW = "snow", _("除雪防滑")

    class Material(models.TextChoices):
        CEMENT = "cement", _("水泥")
        AGGREGATE = "aggregate", _("砂石")
        STEEL = "steel", _("钢材")
        INSULATION = "insulation", _("保温材料")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="tracks", db_index=False, verbose_name=_("项目"))
    day = models.DateField(_("日期"))
    reporter = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("填报人"))
    workers_planned = models.PositiveIntegerField(_("计划在场工人"), null=True, blank=True)
    workers_actual = models.PositiveIntegerField(_("在场工人"))
    machines = models.PositiveIntegerField(_("机械（台）"), null=True, blank=True)
    weather = models.CharField(_("天气"), max_length=10, choices=Weather.choices, blank=True)
    temperature = models.SmallIntegerField(_("气温（℃）"), null=True, blank=True)
    done_today = models.CharField(_("今日完成"), max_length=500, blank=True)
    winter_measures = models.JSONField(_("冬施措施"), default=list, blank=True)
    stocks = models.JSONField(_("建材储备（天）"), default=dict, blank=True)
    invested = money(verbose_name=_("今日完成投资"), null=True, blank=True)
    filed_at = models.DateTimeField(_("填报时间"))
    waited = models.PositiveIntegerField(default=0)
    late = models.BooleanField(_("迟报"), default=False)
    corrected = models.PositiveSmallIntegerField(_("更正次数"), default=0)
    seconds = models.PositiveIntegerField(null=True)
    asked = models.PositiveSmallIntegerField(null=True)
    touched = models.PositiveSmallIntegerField(null=True)
    key = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    objects = TrackQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["day", "id"], name="track_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["project", "day"], name="one_track_a_day"),
            models.CheckConstraint(condition=Q(invested=None) | Q(invested__gte=0), name="invested_today_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.project}"

    def get_absolute_url(self) -> str:
        return reverse("dispatch:track_page", args=[self.pk])

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier

    @property
    def pressed_at(self) -> datetime:
        """When it was filed on the phone, by the phone's own count of seconds."""
        return self.filed_at - timedelta(seconds=self.waited)

    @property
    def measure_words(self) -> list[str]:
        return [str(self.Measure(each).label) for each in self.winter_measures if each in self.Measure.values]

    @property
    def stock_words(self) -> list[tuple[str, int]]:
        """(material, days that it lasts)."""
        return [(str(self.Material(key).label), days) for key, days in self.stocks.items() if key in self.Material.values]


class TrackCorrection(models.Model):
    """A later correction of a day (更正): what was, what it became, why and by whom. Rows are never changed.

    `changes` holds the columns, `quantities` the work items by their id, each as [before, after].
    """

    track = models.ForeignKey(DailyTrack, on_delete=models.CASCADE, related_name="corrections")
    changes = models.JSONField(default=dict)
    quantities = models.JSONField(default=dict)
    reason = models.CharField(_("理由"), max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    key = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    synthetic = models.BooleanField(default=False)

    objects = TrackPartQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["track", "key"], condition=~Q(key=""), name="track_correction_arrives_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="track_correction_tells_why"),
        ]

    def __str__(self) -> str:
        return f"{self.track_id} {self.reason}"


class TrackPhoto(Record):
    """A photo of a day (现场照片), kept with the hash of its content.

    `taken_at` and the place are the camera's own where the file tells them (`told_by` exif), else the phone's (phone), else unknown.
    What is doubtful is marked and never hidden: `older` than the day it proves, `distance` metres from the site and `far` beyond the
    city's radius, `reused` where the same file proved another day before.
    """

    class ToldBy(models.TextChoices):
        EXIF = "exif", _("相机")
        PHONE = "phone", _("手机")

    track = models.ForeignKey(DailyTrack, on_delete=models.CASCADE, related_name="photos")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="of_track")
    sha256 = models.CharField(max_length=64, db_index=True)
    taken_at = models.DateTimeField(_("拍摄时间"), null=True)
    told_by = models.CharField(max_length=5, choices=ToldBy.choices, blank=True)
    latitude = models.FloatField(_("纬度"), null=True)
    longitude = models.FloatField(_("经度"), null=True)
    distance = models.PositiveIntegerField(_("距工地（米）"), null=True)
    older = models.BooleanField(default=False)
    far = models.BooleanField(default=False)
    reused = models.BooleanField(default=False)

    objects = TrackPartQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["track", "sha256"], name="photo_once_a_day")]

    def __str__(self) -> str:
        return self.file.name

    def get_absolute_url(self) -> str:
        return self.track.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.track.dossier

    @property
    def marks(self) -> list[str]:
        """What is doubtful or unknown of it, in words."""
        words: list[object] = []
        if self.older and self.taken_at:
            words.append(_("拍摄于%(day)s，早于日报") % {"day": timezone.localtime(self.taken_at).strftime("%Y-%m-%d")})
        if self.far and self.distance is not None:
            words.append(_("距工地 %(km).1f 公里") % {"km": self.distance / 1000})
        if self.reused:
            words.append(_("与以前的照片相同"))
        if self.taken_at is None:
            words.append(_("无拍摄时间"))
        return [str(word) for word in words]


class TrackReminder(models.Model):
    """The secretaries of an area were reminded of the reports that a day still lacks (催报). `by` is empty where the robot did it."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="track_reminders")
    day = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    after_cutoff = models.BooleanField(default=False)
    projects = models.PositiveIntegerField()
    people = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["area", "day"], name="reminder_of_area")]

    def __str__(self) -> str:
        return f"{self.day} {self.area_id} {self.projects}"

    def get_absolute_url(self) -> str:
        return f"{reverse('dispatch:missing')}?day={self.day}"

    @property
    def dossier(self) -> Dossier:
        return self.area.dossier


class WorkerHousing(Record):
    """Beds for workers on or beside a site (工人宿舍): how many persons it holds and from when to when; `to_day` is included.

    `temporary_land`: it stands on land lent for a time (临时用地).
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="housings")
    name = models.CharField(_("名称"), max_length=60)
    capacity = models.PositiveIntegerField(_("容纳人数"))
    temporary_land = models.BooleanField(_("临时用地"), default=False)
    from_day = models.DateField(_("自"), null=True, blank=True)
    to_day = models.DateField(pgettext_lazy("until", "至"), null=True, blank=True)

    objects = TrackQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(capacity__gt=0), name="housing_holds_somebody"),
            models.CheckConstraint(
                condition=Q(to_day=None) | Q(from_day=None) | Q(to_day__gte=F("from_day")), name="housing_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return self.project.get_absolute_url()

    @property
    def dossier(self) -> Dossier:
        return self.project.dossier
