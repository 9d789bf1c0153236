"""The pages of the own account, and those of accounts, grants and organisations."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhuanban.domains.people import actions as deeds
from zhuanban.domains.people import forms, queries, sessions, totp
from zhuanban.domains.people.models import Absence, ApiToken, Area, Organisation, RoleGrant, User, UserSession
from zhuanban.domains.people.sessions import SignedInRequest
from zhuanban.domains.people.signin import safe_next
from zhuanban.kernel import actions, clock, roles, show
from zhuanban.kernel.errors import BadInput, Refused
from zhuanban.kernel.listings import Chip, Column, Filter, Listing, by_choice

NEW_SECRET = "new_totp_secret"  # noqa: S105 - the name of a session key

# The own account -------------------------------------------------------------------------------------------------------


def _me(request: SignedInRequest, status: int = 200, **shown: Any) -> HttpResponse:
    """The page of the own account; forms that were refused come in by name."""
    user, today = request.user, clock.today()
    context = {
        "page_title": _("我的账号"),
        "sessions": sessions.alive(user),
        "this_session": request.session.session_key,
        "absences": Absence.objects.filter(user=user, ended_at=None, to_day__gte=today).select_related("deputy").order_by("from_day"),
        "stands_for": Absence.objects.filter(deputy=user, ended_at=None, to_day__gte=today).select_related("user").order_by("from_day"),
        "tokens": ApiToken.objects.filter(user=user).order_by("-pk"),
        "second_factor_required": totp.required(user),
        "absence_form": forms.AbsenceForm(user=user),
        "token_form": forms.TokenForm(),
        "today": today,
    }
    return render(request, "people/me.html", context | shown, status=status)


@never_cache
@require_GET
def me(request: SignedInRequest) -> HttpResponse:
    return _me(request)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def password(request: SignedInRequest) -> HttpResponse:
    """Change the own password; all other browsers are signed out."""
    form = forms.PasswordForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        deeds.change_password(request.user, form.cleaned_data["password"])
        sessions.renew(request, request.user)
        return redirect("people:me")
    context = {"page_title": _("修改密码"), "form": form, "forced": request.user.must_change_password}
    return render(request, "people/password.html", context, status=422 if form.is_bound else 200)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def second_factor(request: SignedInRequest) -> HttpResponse:
    """Set the second factor up by a code from the new device, or give it up by a code where it may be given up."""
    user, form = request.user, forms.CodeForm(request.POST or None)
    enrolled = bool(user.totp_secret)
    secret = "" if enrolled else request.session.setdefault(NEW_SECRET, totp.new_secret())
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        if deeds.drop_second_factor(user, code) if enrolled else deeds.enrol_second_factor(user, secret, code):
            request.session.pop(NEW_SECRET, None)
            return redirect("people:me")
        form.add_error("code", gettext("动态口令不正确或已用过，请等下一个口令。"))
    context = {
        "page_title": _("动态口令"),
        "form": form,
        "enrolled": enrolled,
        "required": totp.required(user),
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "picture": totp.picture(user, secret) if secret else "",
    }
    return render(request, "people/second_factor.html", context, status=422 if form.is_bound else 200)


@require_POST
def language(request: SignedInRequest) -> HttpResponse:
    chosen = request.POST.get("language", "")
    if chosen not in dict(User._meta.get_field("language").flatchoices):
        raise BadInput({"language": [gettext("没有这种界面语言。")]})
    User.objects.filter(pk=request.user.pk).update(language=chosen)
    return redirect(safe_next(request.POST.get("next", "")))


@require_POST
def end_session(request: SignedInRequest, pk: int) -> HttpResponse:
    sessions.end(get_object_or_404(UserSession, pk=pk, user=request.user))
    return redirect("people:me")


@require_POST
def end_other_sessions(request: SignedInRequest) -> HttpResponse:
    sessions.end_all(request.user, but=request.session.session_key)
    return redirect("people:me")


@require_POST
def declare_absence(request: SignedInRequest) -> HttpResponse:
    form = forms.AbsenceForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            deeds.declare_absence(request.user, **form.cleaned_data)
            return redirect("people:me")
        except Refused as refused:
            form.add_error(None, refused.message)
    return _me(request, status=422, absence_form=form)


@require_POST
def end_absence(request: SignedInRequest, pk: int) -> HttpResponse:
    deeds.end_absence(get_object_or_404(Absence, pk=pk, user=request.user), by=request.user)
    return redirect("people:me")


@never_cache
@require_POST
def create_token(request: SignedInRequest) -> HttpResponse:
    """Make a key for a machine; the answer is the only page that ever shows it."""
    form = forms.TokenForm(request.POST)
    if not form.is_valid():
        return _me(request, status=422, token_form=form)
    return _me(request, new_token=deeds.create_token(request.user, **form.cleaned_data))


@require_POST
def revoke_token(request: SignedInRequest, pk: int) -> HttpResponse:
    deeds.revoke_token(get_object_or_404(ApiToken, pk=pk, user=request.user), by=request.user)
    return redirect("people:me")


# Accounts, grants, organisations -----------------------------------------------------------------------------------------


@require_GET
def account(request: SignedInRequest, pk: int) -> HttpResponse:
    rows = User.objects.visible_to(request.user).select_related("organisation", "post")
    user = get_object_or_404(rows, pk=pk, robot=False)
    context = {
        "page_title": user.name,
        "account": user,
        "verbs": actions.offered(request.user, user),
        "grants": user.role_grants.select_related("area", "organisation", "requested_by", "approved_by").order_by("-pk"),
        "absences": user.absences.select_related("deputy").order_by("-from_day")[:10],
        "happened": queries.happened_to(user),
    }
    return render(request, "people/account.html", context)


@require_GET
def grant(request: SignedInRequest, pk: int) -> HttpResponse:
    rows = RoleGrant.objects.visible_to(request.user).select_related("user", "area", "organisation", "requested_by", "approved_by")
    shown = get_object_or_404(rows, pk=pk)
    context = {
        "page_title": f"{shown.user} · {shown.role_label}",
        "grant": shown,
        "account_url": shown.user.get_absolute_url() if request.user.in_realm(":security") else "",
        "verbs": actions.offered(request.user, shown),
    }
    return render(request, "people/grant.html", context)


@require_GET
def organisation(request: SignedInRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Organisation.objects.visible_to(request.user).select_related("area"), pk=pk)
    context = {
        "page_title": shown.name,
        "organisation": shown,
        "verbs": actions.offered(request.user, shown),
        "accounts": User.objects.visible_to(request.user)
        .filter(organisation=shown, robot=False)
        .select_related("post")
        .order_by("username")[:200],
    }
    return render(request, "people/organisation.html", context)


@require_GET
def area(request: SignedInRequest, key: str) -> HttpResponse:
    shown = get_object_or_404(Area.objects.select_related("host", "parent"), pk=key)
    context = {
        "page_title": str(shown),
        "area": shown,
        "codes": shown.codes.order_by("valid_from"),
        "hosted": shown.hosted_zones.order_by("position"),
        "verbs": actions.offered(request.user, shown),
    }
    return render(request, "people/area.html", context)


# Listings ------------------------------------------------------------------------------------------------------------------


def _with_role(rows, text: str):
    held = RoleGrant.objects.in_force_on(clock.today()).filter(role__in=text.split(","))
    return rows.filter(pk__in=held.values("user"))


def _role_choices(user) -> list[tuple[str, str]]:
    return [(role.name, str(role.label)) for role in roles.REGISTRY.values()]


def _area_choices(user) -> list[tuple[str, str]]:
    return [(area.key, show.place(area)) for area in queries.districts()]


def _locked(user) -> Q:
    return Q(locked_until__gt=clock.machine_now())


Listing(
    "people.accounts",
    pgettext_lazy("many", "账号"),
    rows=lambda user: User.objects.visible_to(user).filter(robot=False),
    columns=(
        Column("name", _("姓名"), sort="name", link=True),
        Column("username", _("账号"), sort="username"),
        Column("organisation", _("单位"), path="organisation__name"),
        Column("post", _("岗位"), path="post__title", narrow=False),
        Column("state", _("状态"), path="state_words"),
        Column("last_visit", _("最近登录"), path="this_visit_at", narrow=False),
    ),
    order="username",
    filters=(Filter("role", _("角色"), _with_role, _role_choices),),
    chips=(
        Chip("locked", _("已锁定"), _locked, "red"),
        Chip("closed", _("已停用"), lambda user: Q(is_active=False)),
        Chip("without_role", _("没有角色"), lambda user: ~Q(pk__in=RoleGrant.objects.in_force_on(clock.today()).values("user"))),
    ),
    search="search_text",
    related=("organisation", "post"),
    guard="people.request_grant",
    empty=_("还没有账号。请先登记单位，再在单位页面开通账号。"),
)

Listing(
    "people.grants",
    _("授权"),
    rows=lambda user: RoleGrant.objects.visible_to(user),
    columns=(
        Column("user", _("姓名"), path="user__name", link=True),
        Column("role", _("角色"), path="role_label"),
        Column("scope", _("范围"), path="scope_words"),
        Column("from_day", _("自"), kind="date", sort="from_day"),
        Column("to_day", _("至"), kind="date"),
        Column("state", _("状态"), path="get_state_display"),
        Column("requested_by", _("申请人"), path="requested_by__name", narrow=False),
        Column("approved_by", _("批准人"), path="approved_by__name", narrow=False),
    ),
    order="-from_day",
    filters=(
        Filter("role", _("角色"), by_choice("role"), _role_choices),
        Filter("state", _("状态"), by_choice("state"), lambda user: RoleGrant.State.choices),
    ),
    chips=(
        Chip(
            "mine_to_approve",
            _("待我批准"),
            lambda user: Q(state=RoleGrant.State.REQUESTED) & ~Q(requested_by=user.pk) & ~Q(user=user.pk),
            "yellow",
        ),
    ),
    search="user__search_text",
    related=("user", "area", "organisation", "requested_by", "approved_by"),
    empty=_("没有授权记录。授权由一名安全管理员申请，另一名批准。"),
)

Listing(
    "people.areas",
    pgettext_lazy("many", "区域"),
    rows=lambda user: Area.objects.all(),
    columns=(
        Column("position", _("序"), kind="number", sort="position", narrow=False),
        Column("name", _("区域"), link=True),
        Column("kind", _("类别"), path="get_kind_display"),
        Column("key", _("代码")),
        Column("host", _("统计归属"), kind="place"),
        Column("name_en", _("英文名"), narrow=False),
    ),
    order="position",
    related=("host",),
)

Listing(
    "people.organisations",
    pgettext_lazy("many", "单位"),
    rows=lambda user: Organisation.objects.visible_to(user),
    columns=(
        Column("name", _("单位"), sort="name", link=True),
        Column("kind", _("类别"), path="get_kind_display"),
        Column("area", _("区域"), kind="place"),
        Column("uscc", _("统一社会信用代码"), narrow=False),
    ),
    order="name",
    filters=(
        Filter("kind", _("类别"), by_choice("kind"), lambda user: Organisation.Kind.choices),
        Filter("area", _("区域"), by_choice("area"), _area_choices),
    ),
    search="search_text",
    related=("area",),
    empty=_("还没有登记单位。"),
)
