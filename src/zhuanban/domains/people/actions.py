"""The verbs of accounts, rights and organisations, and the deeds of a person on the own account."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from zhuanban.domains.people import forms, passwords, queries, rules, sessions, signin, totp
from zhuanban.domains.people.models import Absence, ApiToken, Area, Organisation, Post, RoleGrant, User
from zhuanban.kernel import access, clock, roles, timeline
from zhuanban.kernel.actions import action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.forms import ReasonForm
from zhuanban.kernel.search import search_text

# Rights --------------------------------------------------------------------------------------------------------------


def _refuse_if(reason: str) -> None:
    if reason:
        raise Refused(reason)


@action("people.request_grant", on=User, label=_("申请授权"), form=forms.GrantForm, when=rules.open_account, creates=RoleGrant)
def request_grant(
    user: User,
    *,
    by: User | None,
    role: str,
    from_day: date,
    reason: str,
    area: Area | None = None,
    organisation: Organisation | None = None,
    to_day: date | None = None,
) -> RoleGrant:
    """Ask for a role for somebody; another security administrator approves it."""
    _refuse_if(rules.scope_mismatch(role, area, organisation) or rules.unfit_for_role(user, role) or rules.mixes_with(user, role))
    if to_day and (to_day < from_day or to_day < clock.today()):
        raise Refused(gettext("结束日不能早于开始日，也不能已经过去。"))
    _refuse_if(rules.already_there(user, role, area, organisation, from_day, to_day))
    return RoleGrant.objects.create(
        user=user,
        role=role,
        area=area,
        organisation=organisation,
        from_day=from_day,
        to_day=to_day,
        reason=reason,
        requested_by=by or queries.robot(),
    )


@action("people.approve_grant", on=RoleGrant, label=_("批准授权"), when=rules.waiting)
def approve_grant(grant: RoleGrant, *, by: User) -> None:
    """Approve as the second person: neither who asked nor who gets the role."""
    if by.pk == grant.requested_by_id:
        raise Refused(gettext("申请人不能批准自己的申请，须由另一名安全管理员批准。"))
    if by.pk == grant.user_id:
        raise Refused(gettext("不能批准给自己的授权，须由另一名安全管理员批准。"))
    _refuse_if(rules.open_account(grant.user) or rules.mixes_with(grant.user, grant.role))
    grant.state, grant.approved_by = RoleGrant.State.APPROVED, by
    grant.save(update_fields=["state", "approved_by"])


@action("people.refuse_grant", on=RoleGrant, label=_("不批准"), form=ReasonForm, when=rules.waiting, danger=True)
def refuse_grant(grant: RoleGrant, *, by: User | None, reason: str) -> None:
    """Turn a request down, with the reason."""
    grant.state = RoleGrant.State.REFUSED
    grant.save(update_fields=["state"])


@action("people.end_grant", on=RoleGrant, label=_("结束授权"), form=forms.EndGrantForm, when=rules.in_force, danger=True)
def end_grant(grant: RoleGrant, *, by: User | None, reason: str, last_day: date | None = None) -> None:
    """End a role at once, or after a last day."""
    _refuse_if(rules.last_security_administrators(grant.user, but=grant))
    today = clock.today()
    if last_day and last_day < today:
        raise Refused(gettext("最后一天不能早于今天。"))
    grant.to_day = last_day or max(today, grant.from_day)
    grant.state = grant.state if last_day else RoleGrant.State.ENDED
    grant.save(update_fields=["to_day", "state"])


# Accounts ------------------------------------------------------------------------------------------------------------


@action("people.open_account", on=Organisation, label=_("开通账号"), form=forms.OpenAccountForm, creates=User)
def open_account(
    organisation: Organisation,
    *,
    by: User | None,
    username: str,
    name: str,
    password: str,
    title: str = "",
    phone: str = "",
    language: str = "zh-hans",
) -> User:
    """Open an account without any rights; its password must be changed at the first sign-in."""
    staff = organisation.kind not in {Organisation.Kind.ENTERPRISE, Organisation.Kind.BANK}
    post = Post.objects.get_or_create(organisation=organisation, title=title)[0] if title else None
    try:
        with transaction.atomic():
            return User.objects.create_user(
                username,
                password,
                name=name,
                organisation=organisation,
                post=post,
                phone=phone,
                language=language,
                staff=staff,
                must_change_password=True,
            )
    except IntegrityError:
        raise Refused(gettext("这个账号已有人使用。")) from None


@action("people.close_account", on=User, label=_("停用账号"), form=ReasonForm, when=rules.open_account, danger=True)
def close_account(user: User, *, by: User | None, reason: str) -> None:
    """Close an account: its grants, absences, sessions and keys end with it."""
    _refuse_if(rules.last_security_administrators(user))
    user.is_active = False
    user.save(update_fields=["is_active"])
    now, today = clock.now(), clock.today()
    waiting = RoleGrant.objects.filter(user=user, state=RoleGrant.State.REQUESTED)
    waiting.update(state=RoleGrant.State.REFUSED)
    RoleGrant.objects.filter(user=user, state=RoleGrant.State.APPROVED, from_day__gt=today).update(state=RoleGrant.State.ENDED)
    RoleGrant.objects.in_force_on(today).filter(user=user).update(state=RoleGrant.State.ENDED, to_day=today)
    Absence.objects.filter(user=user, ended_at=None).update(ended_at=now)
    Absence.objects.filter(deputy=user, ended_at=None, to_day__gte=today).update(ended_at=now)
    ApiToken.objects.filter(user=user).delete()
    sessions.end_all(user)


@action("people.reopen_account", on=User, label=_("恢复账号"), form=forms.OneTimePasswordForm, when=rules.closed_account)
def reopen_account(user: User, *, by: User | None, password: str) -> None:
    """Open a closed account again, with a new password and without its former rights."""
    user.is_active, user.failures, user.locked_until = True, 0, None
    user.save(update_fields=["is_active", "failures", "locked_until"])
    passwords.change(user, password, must_change=True)


@action("people.unlock", on=User, label=_("解锁"), when=rules.locked)
def unlock(user: User, *, by: User | None) -> None:
    """Let a locked account try again at once."""
    user.failures, user.locked_until = 0, None
    user.save(update_fields=["failures", "locked_until"])


@action("people.reset_password", on=User, label=_("重置密码"), form=forms.OneTimePasswordForm, when=rules.open_account)
def reset_password(user: User, *, by: User | None, password: str) -> None:
    """Give a one-time password; all browsers are signed out."""
    _not_another_security_administrator(user, by)
    passwords.change(user, password, must_change=True)
    user.failures, user.locked_until = 0, None
    user.save(update_fields=["failures", "locked_until"])
    sessions.end_all(user)


@action("people.reset_second_factor", on=User, label=_("重置动态口令"), form=ReasonForm, when=rules.with_second_factor, danger=True)
def reset_second_factor(user: User, *, by: User | None, reason: str) -> None:
    """Take the second factor away after a lost phone; where it is required the person sets it up anew."""
    _not_another_security_administrator(user, by)
    user.totp_secret = ""
    user.save(update_fields=["totp_secret"])
    sessions.end_all(user)


def _not_another_security_administrator(user: User, by: User | None) -> None:
    """Whoever can take over the account of the second administrator is both persons of the two-person rule."""
    if by is not None and not by.robot and rules.is_security_administrator(user):
        raise Refused(gettext("安全管理员的密码和动态口令由运维人员在服务器上用命令重置。"))


# Organisations -------------------------------------------------------------------------------------------------------


@action("people.register_organisation", on=Area, label=_("登记单位"), form=forms.OrganisationForm, creates=Organisation)
def register_organisation(
    area: Area,
    *,
    by: User | None,
    name: str,
    kind: str,
    short_name: str = "",
    uscc: str | None = None,
    legacy_id: str = "",
    synthetic: bool = False,
) -> Organisation:
    """Register a legal body in an area; its code is checked by both check digits."""
    _refuse_if(_code_taken(uscc))
    return Organisation.objects.create(
        area=area,
        name=name,
        short_name=short_name,
        kind=kind,
        uscc=uscc or None,
        legacy_id=legacy_id,
        synthetic=synthetic,
        search_text=search_text(name, short_name, uscc),
    )


@action("people.correct_organisation", on=Organisation, label=_("更正单位信息"), form=forms.CorrectOrganisationForm)
def correct_organisation(
    organisation: Organisation, *, by: User | None, name: str, kind: str, short_name: str = "", uscc: str | None = None, legacy_id: str = ""
) -> None:
    """Correct what the register says of an organisation."""
    if uscc != organisation.uscc:
        _refuse_if(_code_taken(uscc))
    if (kind == Organisation.Kind.ENTERPRISE) != (organisation.kind == Organisation.Kind.ENTERPRISE) and organisation.accounts.exists():
        raise Refused(gettext("已有账号的单位不能在企业和其他类别之间更改。"))
    organisation.name, organisation.short_name, organisation.kind = name, short_name, kind
    organisation.uscc, organisation.legacy_id = uscc or None, legacy_id
    organisation.search_text = search_text(name, short_name, uscc)
    organisation.save(update_fields=["name", "short_name", "kind", "uscc", "legacy_id", "search_text"])


def _code_taken(uscc: str | None) -> str:
    return gettext("这个统一社会信用代码已经登记过。") if uscc and Organisation.objects.filter(uscc=uscc).exists() else ""


# On the own account: no role is needed, an event is recorded -------------------------------------------------------------


def _noted(user: User, verb: str, **data) -> None:
    timeline.record(access.ledger("rights", title=gettext_noop("权限台账")), verb, by=user, subject=f"people.user:{user.pk}", **data)


@transaction.atomic
def declare_absence(user: User, *, deputy: User, from_day: date, to_day: date, reason: str = "") -> Absence:
    """Name a deputy for days of absence; the deputy holds the person's grants on these days."""
    list(User.objects.select_for_update().filter(pk__in=[user.pk, deputy.pk]).order_by("pk"))
    _refuse_if(rules.cannot_stand_in(user, deputy, from_day, to_day))
    absence = Absence.objects.create(user=user, deputy=deputy, from_day=from_day, to_day=to_day, reason=reason)
    _noted(user, "people.declare_absence", deputy=f"people.user:{deputy.pk}", from_day=from_day, to_day=to_day)
    return absence


@transaction.atomic
def end_absence(absence: Absence, *, by: User) -> None:
    """The person is back: the deputy's share ends at once."""
    ended = Absence.objects.filter(pk=absence.pk, user=by, ended_at=None).update(ended_at=clock.now())
    _refuse_if("" if ended else gettext("这次外出已经结束。"))
    _noted(by, "people.end_absence", deputy=f"people.user:{absence.deputy_id}")


@transaction.atomic
def change_password(user: User, password: str) -> None:
    passwords.change(user, password)
    _noted(user, "people.change_password")


@transaction.atomic
def enrol_second_factor(user: User, secret: str, code: str) -> bool:
    """Take the second factor into use if the code proves that the device knows the secret."""
    if not totp.enrol(user, secret, code):
        return False
    _noted(user, "people.enrol_second_factor")
    return True


@transaction.atomic
def drop_second_factor(user: User, code: str) -> bool:
    """Give the second factor up, where it is not required; a fresh code is asked for."""
    if totp.required(user):
        raise Refused(gettext("您的账号必须使用动态口令。"))
    if not totp.accepts(user, code):
        return False
    user.totp_secret = ""
    user.save(update_fields=["totp_secret"])
    _noted(user, "people.drop_second_factor")
    return True


@transaction.atomic
def create_token(user: User, *, name: str, days: int) -> str:
    """A key for a machine that acts for the person; it is shown this once and kept as a hash."""
    token = f"zb_{secrets.token_urlsafe(32)}"
    made = ApiToken.objects.create(
        user=user, name=name, token_hash=signin.hashed(token), expires_at=clock.machine_now() + timedelta(days=days)
    )
    _noted(user, "people.create_token", token=made.pk, name=name, days=days)
    return token


@transaction.atomic
def revoke_token(token: ApiToken, *, by: User) -> None:
    pk = token.pk
    token.delete()
    _noted(by, "people.revoke_token", token=pk)


# The first administrators ---------------------------------------------------------------------------------------------


@transaction.atomic
def found_administrators(organisation: Organisation, accounts: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Open the first administrators' accounts on an empty system: role -> user names; returns their one-time passwords.

    Two security administrators at least, and every role with people of its own. Refused once there is one.
    """
    if RoleGrant.objects.filter(role="sec_admin").exists():
        raise Refused(gettext("已有安全管理员，请由安全管理员在系统内办理。"))
    names = [name for role in rules.ADMINISTRATORS for name in accounts.get(role, ())]
    if (
        len(accounts.get("sec_admin", ())) < rules.FEWEST_SECURITY_ADMINISTRATORS
        or len(names) != len(set(names))
        or not set(accounts) == rules.ADMINISTRATORS
    ):
        raise Refused(gettext("请给出系统、安全、审计管理员的账号，安全管理员至少两名，三类人员各不相同。"))
    given = {name: passwords.one_time() for name in names}
    people = {name: open_account(organisation, by=None, username=name, name=name, password=given[name]) for name in names}
    first, second, *_others = accounts["sec_admin"]
    city = Area.objects.get(pk=settings.CITY["area"])
    for role, holders in accounts.items():
        for name in holders:
            grant = request_grant(people[name], by=None, role=role, area=city, from_day=clock.today(), reason=str(roles.label_of(role)))
            grant.state, grant.approved_by = RoleGrant.State.APPROVED, people[second if name == first else first]
            grant.save(update_fields=["state", "approved_by"])
    return given
