"""The demo's accounts: every role, two of each kind that owns something, each owner with a canary word in its own records."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.urls import reverse

from zhuanban.domains.people import queries, signin
from zhuanban.domains.people.models import Organisation, Post, RoleGrant, User
from zhuanban.kernel import access, clock, roles, timeline

CITY, LUYUAN, NONGAN, QIKAI = "220100", "220106", "220122", "220174"
SINCE = date(2022, 1, 1)


@dataclass(frozen=True)
class Account:
    """`home` is the key of the account's organisation. Without `area` the role is over the organisation, or over what the person carries."""

    username: str
    name: str
    role: str
    home: str
    area: str = ""
    canary: str = ""


ACCOUNTS = [
    Account("leader-city", "市领导甲", "city_leader", "office-city", CITY),
    Account("leader-luyuan", "绿园区领导甲", "district_leader", "centre-luyuan", LUYUAN, "碧鹦"),
    Account("leader-nongan", "农安县领导甲", "district_leader", "centre-nongan", NONGAN, "褐隼"),
    Account("dispatcher-city", "调度员甲（市）", "centre_dispatcher", "centre-city", CITY),
    Account("dispatcher-luyuan", "调度员乙（绿园）", "centre_dispatcher", "centre-luyuan", LUYUAN, "碧鹦"),
    Account("dispatcher-nongan", "调度员丙（农安）", "centre_dispatcher", "centre-nongan", NONGAN, "褐隼"),
    Account("secretary-a", "项目秘书甲", "project_secretary", "centre-luyuan", canary="白鹭"),
    Account("secretary-b", "项目秘书乙", "project_secretary", "centre-nongan", canary="鸳鸯"),
    Account("force-lead-a", "专班长甲", "task_force_lead", "centre-luyuan", canary="鹧鸪"),
    Account("force-lead-b", "专班长乙", "task_force_lead", "centre-nongan", canary="斑鸠"),
    Account("force-member-a", "专班成员甲", "task_force_member", "centre-luyuan", canary="鹧鸪"),
    Account("force-member-b", "专班成员乙", "task_force_member", "centre-nongan", canary="斑鸠"),
    Account("handler-a", "审批经办甲", "case_handler", "permits-a", canary="苍鹭"),
    Account("handler-b", "审批经办乙", "case_handler", "permits-b", canary="雪雁"),
    Account("approver-a", "审批人甲", "approver", "permits-a", canary="苍鹭"),
    Account("approver-b", "审批人乙", "approver", "permits-b", canary="雪雁"),
    Account("agent-a", "代办员甲", "agent", "centre-city", canary="戴胜"),
    Account("agent-b", "代办员乙", "agent", "centre-city", canary="伯劳"),
    Account("utility-a", "供电专员甲", "utility_user", "power", canary="白鹇"),
    Account("utility-b", "供热专员乙", "utility_user", "heat", canary="朱鹮"),
    Account("statistician-city", "统计员甲（市）", "statistician", "statistics", CITY),
    Account("statistician-nongan", "统计员乙（农安）", "statistician", "centre-nongan", NONGAN, "褐隼"),
    Account("promoter-a", "招商专员甲", "promoter", "promotion-a", canary="赤麂"),
    Account("promoter-b", "招商专员乙", "promoter", "promotion-b", canary="墨狸"),
    Account("policy-a", "政策主管甲", "policy_owner", "policy-a", canary="沙狐"),
    Account("policy-check-a", "政策审定甲", "policy_owner", "policy-a", canary="沙狐"),
    Account("policy-b", "政策主管乙", "policy_owner", "policy-b", canary="海东青"),
    Account("payer-a", "财政兑付甲", "payer", "treasury-a", canary="黄鹂"),
    Account("payer-check-a", "财政复核甲", "payer", "treasury-a", canary="黄鹂"),
    Account("payer-b", "财政兑付乙", "payer", "treasury-b", canary="灰鹤"),
    Account("officer-a", "驻企专员甲", "resident_officer", "centre-luyuan", canary="夜鹭"),
    Account("officer-b", "驻企专员乙", "resident_officer", "centre-nongan", canary="鸬鹚"),
    Account("bank-a", "银行客户经理甲", "bank_user", "bank-a", canary="青隼"),
    Account("bank-b", "银行客户经理乙", "bank_user", "bank-b", canary="玄鲤"),
    Account("enterprise-a", "企业管理员甲", "enterprise_admin", "firm-a", canary="丹雀"),
    Account("enterprise-b", "企业管理员乙", "enterprise_admin", "firm-b", canary="银狐"),
    Account("enterprise-staff-a", "企业经办甲", "enterprise_staff", "firm-a", canary="丹雀"),
    Account("enterprise-staff-b", "企业经办乙", "enterprise_staff", "firm-b", canary="银狐"),
    Account("owner-a", "项目单位甲", "owner", "firm-c", canary="紫貂"),
    Account("owner-b", "项目单位乙", "owner", "firm-d", canary="金鸾"),
    Account("inspector-city", "督查员甲（市）", "inspector", "inspection", CITY),
    Account("inspector-luyuan", "督查员乙（绿园）", "inspector", "inspection", LUYUAN, "碧鹦"),
    Account("trainer-a", "培训管理员甲", "trainer", "school-a", canary="画眉"),
    Account("trainer-b", "培训管理员乙", "trainer", "school-b", canary="云雀"),
    Account("learner-a", "学员甲", "learner", "school-a", canary="画眉"),
    Account("learner-b", "学员乙", "learner", "school-b", canary="云雀"),
    Account("sys-a", "系统管理员甲", "sys_admin", "centre-city", CITY),
    Account("sec-a", "安全管理员甲", "sec_admin", "centre-city", CITY),
    Account("sec-b", "安全管理员乙", "sec_admin", "centre-city", CITY),
    Account("audit-a", "审计管理员甲", "audit_admin", "centre-city", CITY),
    Account("public-a", "公众甲", "public", "public", CITY),
]

CANARIES: dict[str, str] = {account.username: account.canary for account in ACCOUNTS if account.canary}
"""User name -> the word that only this owner's records carry; colleagues share one."""
AREA_WORDS = {account.area: account.canary for account in ACCOUNTS if account.area and account.canary}

CARRIED = {
    ("secretary-a",): (LUYUAN, "under_construction"),
    ("secretary-b",): (NONGAN, "under_construction"),
    ("force-lead-a", "force-member-a"): (LUYUAN, "under_construction"),
    ("force-lead-b", "force-member-b"): (NONGAN, "under_construction"),
    ("agent-a",): ("220173", "reserve"),
    ("agent-b",): ("220171", "reserve"),
    ("promoter-a",): ("220113", "signed"),
    ("promoter-b",): ("220183", "signed"),
    ("officer-a",): (LUYUAN, "in_production"),
    ("officer-b",): (NONGAN, "in_production"),
}
"""Who carries projects in person, colleagues together: in which area, and in which stage they are looked for."""
IN_PERSON = {username for usernames in CARRIED for username in usernames}
HOW_MANY = 3


def open_accounts(organisations: dict[str, Organisation]) -> dict[str, User]:
    """Open all accounts and grant their roles, each asked for by one security administrator and approved by the other."""
    users = {account.username: _open(account, organisations[account.home]) for account in ACCOUNTS}
    robot = queries.robot()
    ledger = access.ledger("rights", title="权限台账")
    for account in ACCOUNTS:
        user, asker, approver = users[account.username], users["sec-a"], users["sec-b"]
        if account.role == "sec_admin":
            asker, approver = robot, users["sec-b" if account.username == "sec-a" else "sec-a"]
        grant = RoleGrant.objects.create(
            user=user, role=account.role, state=RoleGrant.State.APPROVED, from_day=SINCE, reason="演示岗位",
            requested_by=asker, approved_by=approver, **_scope(account, user),
        )  # fmt: skip
        subject = f"people.rolegrant:{grant.pk}"
        said = {"role": account.role, "user": f"people.user:{user.pk}", "reason": grant.reason}
        timeline.record(ledger, "people.request_grant", by=asker, subject=subject, said=said)
        timeline.record(ledger, "people.approve_grant", by=approver, subject=subject, changes={"state": ["requested", "approved"]}, said={})
    apply_password(users.values())
    return users


def _open(account: Account, home: Organisation) -> User:
    post, _made = Post.objects.get_or_create(organisation=home, title=str(roles.label_of(account.role)))
    user = User(username=account.username, name=account.name, organisation=home, post=post, staff=roles.get(account.role).staff)
    user.set_unusable_password()
    user.save(force_insert=True)
    return user


def _scope(account: Account, user: User) -> dict[str, object]:
    if account.area:
        return {"area_id": account.area}
    return (
        {"organisation": user.organisation}
        if "organisation" in roles.get(account.role).scopes and account.username not in IN_PERSON
        else {}
    )


def apply_password(users: Iterable[User] | None = None) -> bool:
    """Give every demo account the password of DEMO_PASSWORD and write the names per role to demo-accounts.json; else do nothing."""
    password = os.environ.get("DEMO_PASSWORD", "")
    if not password:
        return False
    names = [account.username for account in ACCOUNTS] if users is None else [user.username for user in users]
    User.objects.filter(username__in=names).update(
        password=make_password(password), password_changed_at=clock.machine_now(), must_change_password=False
    )
    by_role: dict[str, list[str]] = {}
    for account in ACCOUNTS:
        by_role.setdefault(account.role, []).append(account.username)
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    (settings.DATA_DIR / "demo-accounts.json").write_text(json.dumps(by_role, ensure_ascii=False, indent=2), encoding="utf-8")
    return True


def login_links() -> list[tuple[str, str, str]]:
    """One fresh one-time link per role: its label, the account's name, the path."""
    firsts: dict[str, Account] = {}
    for account in ACCOUNTS:
        firsts.setdefault(account.role, account)
    users = User.objects.in_bulk([account.username for account in firsts.values()], field_name="username")
    return [
        (str(roles.label_of(role)), account.name, reverse("enter", args=[signin.make_login_link(users[account.username])]))
        for role, account in firsts.items()
        if account.username in users
    ]
