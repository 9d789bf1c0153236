"""The limits of sign-in and passwords: parameters, with the levels of GB/T 22239-2019 while none is loaded."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhuanban.kernel import parameters

_TIMES = pgettext_lazy("parameter unit", "次")
_MINUTES = pgettext_lazy("parameter unit", "分钟")
_STANDARD = {
    "people.lockout_failures": (_("连续失败几次锁定账号"), 5, _TIMES),
    "people.lockout_minutes": (_("账号锁定时长"), 30, _MINUTES),
    "people.origin_failures": (_("同一来源失败几次暂停登录"), 50, _TIMES),
    "people.origin_minutes": (_("同一来源失败的统计时长"), 15, _MINUTES),
    "people.password_days": (_("密码有效期"), 90, pgettext_lazy("parameter unit", "天")),
    "people.password_history": (_("不能重复最近几次的密码"), 5, _TIMES),
    "people.sessions_per_account": (_("一个账号同时登录数（0 为不限）"), 0, pgettext_lazy("parameter unit", "个")),
}

for _name, (_label, _value, _unit) in _STANDARD.items():
    parameters.declare(_name, _label, int, _unit)


def limit(name: str) -> int:
    """The limit in force. A database whose parameters are not loaded yet is protected too."""
    try:
        return int(parameters.value(f"people.{name}"))
    except LookupError:
        return _STANDARD[f"people.{name}"][1]
