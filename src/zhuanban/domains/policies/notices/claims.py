"""Who hears of claims: the enterprise of each step that is its own, the department and the payer of what is on their desk."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.people.models import RoleGrant
from zhuanban.domains.policies.models import PolicyClaim
from zhuanban.kernel import clock
from zhuanban.kernel.notices import hears

ANSWERING = ("policy_owner", "payer", "enterprise_admin", "enterprise_staff", "owner")
State = PolicyClaim.State


def people_of(key: str) -> list[int]:
    """The accounts that act for an organisation's principal in matters of claims."""
    kind, _colon, pk = key.partition(":")
    if kind == "user":
        return [int(pk)]
    if kind != "org":
        return []
    grants = RoleGrant.objects.in_force_on(clock.today()).filter(organisation=pk, role__in=ANSWERING, user__is_active=True)
    return list(grants.values_list("user", flat=True).distinct())


def enterprise(claim: PolicyClaim) -> list[int]:
    return people_of(f"org:{claim.enterprise.organisation_id}")


def department(claim: PolicyClaim) -> list[int]:
    offices = {claim.policy.department_id, claim.policy.keeper_id} - {None}
    return [person for office in offices for person in people_of(f"org:{office}")]


@hears("policies.submit_claim", "policies.confirm_claim", "policies.withdraw_claim")
def for_department(claim, *, by, event):
    text = _("%(name)s（%(state)s）：%(who)s") % {
        "name": claim.policy.name, "state": claim.get_state_display(), "who": claim.enterprise.organisation.name,
    }  # fmt: skip
    return [(person, text) for person in department(claim)]


@hears("policies.notify_claim")
def offered(claim, *, by, event):
    text = _("您的企业可以免申即享“%(name)s”，请确认并填写收款账户。") % {"name": claim.policy.name}
    return [(person, text) for person in enterprise(claim)]


@hears("policies.check_claim", "policies.review_claim", "policies.announce_claim", "policies.end_notice")
def went_on(claim, *, by, event):
    text = _("“%(name)s”兑现进度：%(state)s") % {"name": claim.policy.name, "state": claim.get_state_display()}
    return [(person, text) for person in enterprise(claim)]


@hears("policies.reject_claim")
def rejected(claim, *, by, event):
    text = _("“%(name)s”不予兑付：%(reason)s") % {"name": claim.policy.name, "reason": claim.reason}
    return [(person, text) for person in enterprise(claim)]


@hears("policies.claw_back")
def clawed_back(claim, *, by, event):
    text = _("“%(name)s”已兑付的资金需退回：%(reason)s") % {"name": claim.policy.name, "reason": claim.reason}
    return [(person, text) for person in enterprise(claim)]


@hears("policies.raise_objection")
def objected(claim, *, by, event):
    text = _("公示收到异议，时钟已停：%(title)s") % {"title": claim.dossier.title}
    return [(person, text) for person in department(claim)]


@hears("policies.draft_pay_run")
def drawn_up(run, *, by, event):
    return [(person, _("兑付批次待复核：%(run)s") % {"run": run}) for person in people_of(f"org:{run.fund.payer_id}")]


@hears("policies.settle_pay_run")
def paid(run, *, by, event):
    """Each enterprise that got something hears once, whatever the number of its claims."""
    lines = run.lines.filter(paid__gt=0).values_list("claim__enterprise__organisation", "claim__policy__name")
    names: dict[int, list[str]] = {}
    for organisation, name in lines:
        names.setdefault(organisation, []).append(name)
    grants = RoleGrant.objects.in_force_on(clock.today()).filter(organisation__in=names, role__in=ANSWERING, user__is_active=True)
    return [
        (user, _("已兑付：%(names)s") % {"names": "、".join(names[organisation])})
        for user, organisation in grants.values_list("user", "organisation").distinct()
    ]


@hears("policies.propose_budget")
def proposed(line, *, by, event):
    return [(person, _("预算待核定：%(policy)s") % {"policy": line.policy.name}) for person in people_of(f"org:{line.fund.payer_id}")]
