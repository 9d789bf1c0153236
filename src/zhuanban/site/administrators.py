"""What only an operator at the server may do with accounts: open the first administrators', and reset one of theirs."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from zhuanban.domains.people import actions, passwords
from zhuanban.domains.people.forms import USERNAME
from zhuanban.domains.people.models import Area, Organisation, RoleGrant, User
from zhuanban.kernel import roles
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.words import listed
from zhuanban.site.tables import table


def found(office: str, accounts: dict[str, tuple[str, ...]]) -> str:
    """Open the first administrators' accounts; returns the table of their one-time passwords, which is printed once and kept nowhere."""
    city = Area.objects.filter(pk=settings.CITY["area"]).first()
    if city is None:
        raise Refused(_("还没有区划，请先运行 zhuanban migrate。"))
    if RoleGrant.objects.filter(role="sec_admin").exists():
        raise Refused(_("已有安全管理员，请由安全管理员在系统内办理。"))
    wrong = [name for names in accounts.values() for name in names if not USERNAME.fullmatch(name)]
    if wrong:
        raise Refused(_("账号应为 3—40 位，小写字母开头，只含小写字母、数字和 _ . -：%(names)s") % {"names": listed(wrong)})
    home = Organisation.objects.filter(name=office, area=city).first()
    if home is None:
        home = actions.register_organisation(city, by=None, name=office, kind=Organisation.Kind.GOVERNMENT)
    given = actions.found_administrators(home, accounts)
    rows = [[roles.label_of(role), name, given[name]] for role, names in accounts.items() for name in names]
    return table([_("角色"), _("账号"), _("一次性密码")], rows) + "\n" + _("首次登录必须改密码，并启用动态口令。")


def reset(username: str, *, second_factor: bool) -> str:
    """A one-time password for an account, and its second factor taken away where that is asked for; returns the password."""
    user = User.objects.filter(username=username, robot=False).first()
    if user is None:
        raise Refused(_("没有这个账号：%(name)s。") % {"name": username})
    password = passwords.one_time()
    actions.reset_password(user, by=None, password=password)
    if second_factor and user.totp_secret:
        actions.reset_second_factor(user, by=None, reason=_("运维人员在服务器上重置"))
    return password
