"""The second factor (动态口令): one-time codes by RFC 6238, each good once."""

from __future__ import annotations

import hmac

import pyotp
import segno
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from zhuanban.domains.people.models import User
from zhuanban.kernel import clock

STEP = 30
"""Seconds for which a code stands."""
SLACK = 1
"""Steps by which the person's clock may be off."""


def new_secret() -> str:
    return pyotp.random_base32()


def required(user: User) -> bool:
    return bool(settings.TOTP_REQUIRED and user.staff)


def missing(user: User) -> bool:
    """Whether the person must set the second factor up before anything else."""
    return required(user) and not user.totp_secret


def matching_step(secret: str, code: str) -> int | None:
    """The time step whose code this is, within the slack."""
    now = int(clock.machine_now().timestamp()) // STEP
    codes = pyotp.TOTP(secret)
    good = [step for step in range(now - SLACK, now + SLACK + 1) if hmac.compare_digest(codes.generate_otp(step), code)]
    return good[-1] if good else None


def accepts(user: User, code: str) -> bool:
    """Whether the person may pass with this code; a code that was used is used up, for racing requests too."""
    if not user.totp_secret:
        return True
    step = matching_step(user.totp_secret, _digits(code))
    return step is not None and bool(User.objects.filter(pk=user.pk, totp_last_step__lt=step).update(totp_last_step=step))


def enrol(user: User, secret: str, code: str) -> bool:
    """Take the secret into use once a code proves that the person's device knows it."""
    step = matching_step(secret, _digits(code))
    if step is None:
        return False
    user.totp_secret, user.totp_last_step = secret, step
    user.save(update_fields=["totp_secret", "totp_last_step"])
    return True


def _digits(code: str) -> str:
    text = "".join(code.split())
    return text if text.isascii() and text.isdigit() else ""


def picture(user: User, secret: str) -> SafeString:
    """The QR code by which a phone learns the secret, as an SVG without styles or scripts."""
    address = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=f"{settings.CITY['name']}专班")
    return mark_safe(segno.make(address, error="m").svg_inline(scale=5, border=4, light="#ffffff", svgclass="qr", lineclass=None))
