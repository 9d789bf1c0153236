"""Who hears of what happens to the library."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.people.models import RoleGrant
from zhuanban.domains.policies.jobs import library as jobs
from zhuanban.kernel import clock
from zhuanban.kernel.notices import hears


@hears("policies.submit")
def review_asked(version, *, by, event):
    """The office's other people may publish it."""
    policy, offices = version.policy, {version.policy.keeper_id, version.policy.department_id}
    grants = RoleGrant.objects.in_force_on(clock.today()).filter(role="policy_owner", organisation__in=offices, user__is_active=True)
    words = _("%(policy)s 第 %(n)s 版待审定") % {"policy": policy.name, "n": version.number}
    return [(person, words) for person in grants.values_list("user", flat=True).distinct()]


@hears("policies.send_back")
def sent_back(version, *, by, event):
    words = _("%(policy)s 第 %(n)s 版被退回：%(why)s") % {"policy": version.policy.name, "n": version.number, "why": version.remark[:80]}
    return [(version.author_id, words)] if version.author_id else []


@hears("policies.publish")
def published(version, *, by, event):
    """Subscribers and the author hear of it; letters go to enterprises that newly qualify."""
    policy = version.policy
    jobs.send_letters.using(dedupe_key=f"policies:letters:{policy.key}").enqueue([policy.key])
    words = _("政策有新版本：%(policy)s") % {"policy": policy.name}
    told = set(policy.subscriptions.values_list("user", flat=True)) | ({version.author_id} if version.author_id else set())
    return [(person, words) for person in told]


@hears("policies.withdraw")
def withdrawn(policy, *, by, event):
    words = _("政策将停止执行：%(policy)s，自 %(day)s") % {"policy": policy.name, "day": policy.withdrawn_on}
    return [(person, words) for person in policy.subscriptions.values_list("user", flat=True)]
