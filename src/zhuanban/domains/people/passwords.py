"""Passwords: three kinds of characters, none of the last few, and how one is changed."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from zhuanban.domains.people.limits import limit
from zhuanban.domains.people.models import OldPassword, User
from zhuanban.kernel import clock

KINDS = (str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum())
_EASY_TO_READ = "abcdefghjkmnpqrstuvwxyz"


class ThreeClasses:
    """Three of: lower case, upper case, digits, other characters."""

    def validate(self, password: str, user: User | None = None) -> None:
        if sum(any(map(kind, password)) for kind in KINDS) < 3:
            raise ValidationError(self.get_help_text(), code="too_few_kinds")

    def get_help_text(self) -> str:
        return _("密码应包含小写字母、大写字母、数字、符号中的至少三种。")


class NotRecent:
    """None of the passwords used last, the present one among them."""

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None or user.pk is None:
            return
        old = OldPassword.objects.filter(user=user).order_by("-at", "-pk").values_list("password", flat=True)
        recent = [user.password, *old[: limit("password_history") - 1]]
        if any(check_password(password, known) for known in recent):
            raise ValidationError(self.get_help_text(), code="used_recently")

    def get_help_text(self) -> str:
        return _("不能使用最近用过的密码。")


@transaction.atomic
def change(user: User, password: str, *, must_change: bool = False) -> None:
    """Set the password and remember the one before."""
    if user.has_usable_password():
        OldPassword.objects.create(user=user, password=user.password, at=clock.machine_now())
    kept = OldPassword.objects.filter(user=user).order_by("-at", "-pk").values_list("pk", flat=True)[: limit("password_history")]
    OldPassword.objects.filter(user=user).exclude(pk__in=list(kept)).delete()
    user.set_password(password)
    user.must_change_password = must_change
    user.save(update_fields=["password", "password_changed_at", "must_change_password"])


def expired(user: User) -> bool:
    """Whether the password is older than it may be. An account without a password has nothing to change."""
    if user.password_changed_at is None or not user.has_usable_password():
        return False
    return clock.machine_now() - user.password_changed_at > timedelta(days=limit("password_days"))


def one_time() -> str:
    """A password to be told over the phone and changed at the first sign-in; 74 bits."""
    groups = ["".join(secrets.choice(_EASY_TO_READ) for _ in range(4)) for _ in range(4)]
    return f"{'-'.join(groups).capitalize()}{secrets.randbelow(10)}"
