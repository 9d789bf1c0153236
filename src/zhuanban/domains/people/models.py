"""Areas, organisations, posts, accounts, grants, absences and sessions."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from zhuanban.kernel import access, clock, roles, show
from zhuanban.kernel.encrypted import EncryptedText
from zhuanban.kernel.models import Dossier, VisibleQuerySet
from zhuanban.kernel.search import search_text


class Area(models.Model):
    """An administrative area or a development zone. `key` never changes; its official codes do (see AreaCode).

    A zone overlaps districts: figures roll it up by `host`, rights by `parent`.
    """

    class Kind(models.TextChoices):
        CITY = "city", _("地级市")
        DISTRICT = "district", _("市辖区")
        COUNTY_CITY = "county_city", _("县级市")
        COUNTY = "county", _("县")
        ZONE = "development_zone", _("开发区")

    key = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=40)
    full_name = models.CharField(max_length=80, blank=True)
    name_en = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    host = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="hosted_zones")
    tile_column = models.PositiveSmallIntegerField(null=True)
    tile_row = models.PositiveSmallIntegerField(null=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        """Its name in the interface's language; what is kept is the name itself."""
        return show.place(self)

    def get_absolute_url(self) -> str:
        return reverse("people:area", args=[self.key])

    @property
    def dossier(self) -> Dossier:
        return access.ledger(f"area-{self.key}", title=self.name, area=self.key)


class AreaCode(models.Model):
    """A code of GB/T 2260 (or a zone's statistical code) and the time it was valid; old codes lead to today's area."""

    code = models.CharField(max_length=6)
    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="codes")
    system = models.CharField(max_length=20, default="GB/T 2260")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="area_code_once_at_a_time"),
            models.UniqueConstraint(fields=["code"], condition=Q(valid_from=None), name="area_code_once_from_the_beginning"),
        ]

    def __str__(self) -> str:
        return self.code


class OrganisationQuerySet(VisibleQuerySet):
    def visible_to(self, user):
        """Public bodies for everybody; firms for those who work in their area and for their own people."""
        areas = [grant.area_id for grant in user.grants if grant.area_id and grant.works_with_organisations]
        own = {user.organisation_id, *(grant.organisation_id for grant in user.grants)} - {None}
        return self.filter(~Q(kind=Organisation.Kind.ENTERPRISE) | Q(pk__in=own) | Q(area__in=areas) | Q(area__parent__in=areas))


class Organisation(models.Model):
    """A legal body: department, centre, utility, bank, firm. `uscc` is checked by both of its check digits."""

    class Kind(models.TextChoices):
        GOVERNMENT = "government", _("党政机关")
        CENTRE = "centre", _("项目中心")
        UTILITY = "utility", _("要素单位")
        BANK = "bank", _("银行")
        ENTERPRISE = "enterprise", _("企业")
        SCHOOL = "school", _("学校")

    name = models.CharField(max_length=120, db_index=True)
    short_name = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    uscc = models.CharField(max_length=18, null=True, unique=True)  # noqa: DJ001 - no code is not a double
    legacy_id = models.CharField(max_length=20, blank=True)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="organisations")
    search_text = models.TextField(blank=True)
    synthetic = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    objects = OrganisationQuerySet.as_manager()

    def __str__(self) -> str:
        return self.short_name or self.name

    def get_absolute_url(self) -> str:
        return reverse("people:organisation", args=[self.pk])

    @property
    def dossier(self) -> Dossier:
        return self.area.dossier


class Post(models.Model):
    """A post in an organisation (岗位), held by accounts one after the other."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="posts")
    title = models.CharField(max_length=60)

    def __str__(self) -> str:
        return f"{self.organisation} {self.title}"


class UserQuerySet(VisibleQuerySet):
    def visible_to(self, user):
        """Accounts are the security administrators' business and nobody else's."""
        return self if user.in_realm(":security") else self.none()


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str) -> User:
        return self.get(username=username)

    def create_user(self, username: str, password: str | None = None, **fields) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """An account of one person (or of the robot that acts for the sweep).

    `staff` accounts need a second factor where it is switched on. An account has no rights of its own: they come from its
    grants and from the grants of those whom it deputises for.
    """

    username = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="accounts")
    post = models.ForeignKey(Post, on_delete=models.SET_NULL, null=True, related_name="holders")
    phone = EncryptedText(blank=True)
    totp_secret = EncryptedText(blank=True)
    totp_last_step = models.BigIntegerField(default=0)
    staff = models.BooleanField(default=True)
    robot = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    password_changed_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    last_visit_at = models.DateTimeField(null=True)
    this_visit_at = models.DateTimeField(null=True)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    search_text = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **options) -> None:
        if self._state.adding:
            self.search_text = search_text(self.name, self.username)
        super().save(*args, **options)

    def get_absolute_url(self) -> str:
        return reverse("people:account", args=[self.pk])

    @property
    def dossier(self) -> Dossier:
        return access.ledger("rights", title=gettext_noop("权限台账"))

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password)
        self.password_changed_at = clock.machine_now()

    @property
    def state_words(self) -> str:
        if not self.is_active:
            return str(_("已停用"))
        return str(_("已锁定")) if self.is_locked() else str(_("在用"))

    def is_locked(self) -> bool:
        return self.locked_until is not None and self.locked_until > clock.machine_now()

    def in_realm(self, realm: str) -> bool:
        """Whether one of the person's grants is of this realm."""
        return any(grant.scope_key.endswith(realm) for grant in self.grants)

    @cached_property
    def grants(self) -> list[RoleGrant]:
        """The grants in force today, own and deputised, read once per request."""
        return list(RoleGrant.objects.in_force_for(self, clock.today()))

    @cached_property
    def principal_keys(self) -> frozenset[str]:
        return frozenset({f"user:{self.pk}", *(grant.scope_key for grant in self.grants)})

    @cached_property
    def inside_keys(self) -> frozenset[str]:
        """The principals as which the person belongs to the city's own offices. Firms, banks and the public are outside: they read
        no internal notes."""
        inside = (grant.scope_key for grant in self.grants if (known := roles.REGISTRY.get(grant.role)) and known.staff and not known.realm)
        keys = frozenset(inside)
        return keys | {f"user:{self.pk}"} if keys else keys

    @cached_property
    def sides(self) -> tuple[list[int], list[int]]:
        """The ids of the principals as which the person acts: those of the city's offices, and those of firms and the public."""
        found = access.principals_of(self)
        inside = [pk for key, pk in found.items() if key in self.inside_keys]
        return inside, [pk for key, pk in found.items() if key not in self.inside_keys]

    def principal_ids(self) -> list[int]:
        """The ids of all principals this person acts as, for joins with the access table."""
        return self._principals[0]

    def sees_few(self) -> bool:
        """Whether the person sees few enough dossiers that listing their ids first is the cheaper plan."""
        return self._principals[1]

    @cached_property
    def _principals(self) -> tuple[list[int], bool]:
        ids = list(access.principals_of(self).values())
        return ids, access.count_up_to(ids, access.FEW) < access.FEW

    @cached_property
    def verbs(self) -> frozenset[str]:
        """Every verb that any of the person's grants allows somewhere."""
        return frozenset().union(*(grant.verbs for grant in self.grants))

    def keys_for(self, verb: str) -> set[str]:
        """The scopes in which the person may do this verb."""
        return {key for grant in self.grants if verb in grant.verbs for key in (grant.scope_key,)}

    @cached_property
    def roles(self) -> list[str]:
        return sorted({grant.role for grant in self.grants})


class GrantQuerySet(VisibleQuerySet):
    def visible_to(self, user):
        """All grants for those who keep accounts or audit them, one's own for everybody else."""
        return self if user.in_realm(":security") or user.in_realm(":audit") else self.filter(user=user)

    def unfinished(self, day: date):
        """Asked for, in force, or to come into force."""
        open_states = (RoleGrant.State.REQUESTED, RoleGrant.State.APPROVED)
        return self.filter(Q(to_day=None) | Q(to_day__gte=day), state__in=open_states)

    def in_force_on(self, day: date):
        return self.filter(state=RoleGrant.State.APPROVED, from_day__lte=day).filter(Q(to_day=None) | Q(to_day__gte=day))

    def in_force_for(self, user: User, day: date):
        """The person's grants and those of colleagues who named the person their deputy for this day."""
        away = Absence.objects.filter(deputy=user, from_day__lte=day, to_day__gte=day, ended_at=None).values("user")
        return self.in_force_on(day).filter(Q(user=user) | Q(user__in=away)).select_related("area", "organisation")


class RoleGrant(models.Model):
    """A role for a person in an area, in an organisation, or over what the person carries (`own`).

    One person asks, another approves; the database refuses the same one twice.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("待批准")
        APPROVED = "approved", _("有效")
        REFUSED = "refused", _("未批准")
        ENDED = "ended", _("已结束")

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=40)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    from_day = models.DateField()
    to_day = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(approved_by=models.F("requested_by")), name="grant_needs_two_people"),
            models.CheckConstraint(condition=~Q(state="approved", approved_by=None), name="approved_grant_names_its_approver"),
            models.CheckConstraint(condition=Q(area=None) | Q(organisation=None), name="grant_has_one_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.scope_key}"

    def get_absolute_url(self) -> str:
        return reverse("people:grant", args=[self.pk])

    @property
    def scope_key(self) -> str:
        """The principal through which this grant reaches dossiers."""
        return access.scope_key(self.role, area=self.area_id, organisation=self.organisation_id, user=self.user_id)

    @property
    def role_label(self) -> str:
        return roles.label_of(self.role)

    @property
    def scope_words(self) -> str:
        return str(self.area or self.organisation or _("本人承担的事项"))

    @property
    def works_with_organisations(self) -> bool:
        """Whether the role's area lets its holder look firms up: business roles, and who opens accounts for them."""
        return roles.get(self.role).realm in {"", ":security"}

    @cached_property
    def verbs(self) -> frozenset[str]:
        return roles.verbs_of(self.role)

    @property
    def dossier(self) -> Dossier:
        return access.ledger("rights", title=gettext_noop("权限台账"))


class Absence(models.Model):
    """Days on which a person is away and a deputy holds the person's grants."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    deputy = models.ForeignKey(User, on_delete=models.PROTECT, related_name="deputising")
    from_day = models.DateField()
    to_day = models.DateField()
    reason = models.CharField(max_length=100, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(user=models.F("deputy")), name="deputy_is_somebody_else"),
            models.CheckConstraint(condition=Q(to_day__gte=models.F("from_day")), name="absence_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.from_day}..{self.to_day}"

    @property
    def dossier(self) -> Dossier:
        return access.ledger("rights", title=gettext_noop("权限台账"))


BROWSERS = (
    ("MicroMessenger", _("微信")),
    ("DingTalk", _("钉钉")),
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"), ("Linux", "Linux"))


class UserSession(models.Model):
    """A signed-in browser, so that its owner can see it and end it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    origin = models.CharField(max_length=60)
    agent = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.user} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def device(self) -> str:
        """The browser and system by which a person knows the device again."""
        browser = next((name for mark, name in BROWSERS if mark in self.agent), "")
        system = next((name for mark, name in SYSTEMS if mark in self.agent), "")
        return " · ".join(str(part) for part in (browser, system) if part) or self.agent[:40] or "—"


class OldPassword(models.Model):
    """Hashes of passwords used before, so that the last five are not used again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="old_passwords")
    password = models.CharField(max_length=128)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user} {self.at:%Y-%m-%d}"


class LoginLink(models.Model):
    """A one-time link into the demo; only its SHA-256 is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user}"


class OriginFailures(models.Model):
    """How often sign-in failed from one network origin since an instant; `origin` is a keyed hash of the address."""

    origin = models.CharField(max_length=32, unique=True)
    failures = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.origin} {self.failures}"


class ApiToken(models.Model):
    """A key for a machine that acts for a person; only its SHA-256 is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=40)
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
