"""The city's roles (岗位角色) and what each may do with areas, organisations, accounts and rights."""

from django.utils.translation import gettext_lazy as _

from zhuanban.kernel.roles import allow, role

role("city_leader", _("市领导"), "area")
role("district_leader", _("区领导"), "area", "own")
role("centre_dispatcher", _("项目中心调度员"), "area")
role("project_secretary", _("项目秘书"), "own")
role("task_force_lead", _("专班长"), "own")
role("task_force_member", _("专班成员"), "own")
role("case_handler", _("审批经办"), "organisation")
role("approver", _("审批人"), "organisation")
role("agent", _("代办员"), "own")
role("utility_user", _("要素单位"), "organisation")
role("statistician", _("统计员"), "area")
role("promoter", _("招商专员"), "organisation", "own")
role("policy_owner", _("政策主管"), "organisation")
role("payer", _("财政兑付"), "organisation")
role("resident_officer", _("驻企专员"), "own")
role("bank_user", _("银行"), "organisation", staff=False)
role("enterprise_admin", _("企业管理员"), "organisation", staff=False)
role("enterprise_staff", _("企业经办"), "organisation", staff=False)
role("owner", _("项目单位"), "organisation", staff=False)
role("inspector", _("督查"), "area")
role("trainer", _("培训管理员"), "organisation")
role("learner", _("学员"), "own", staff=False)
role("sys_admin", _("系统管理员"), "area", realm=":system")
role("sec_admin", _("安全管理员"), "area", realm=":security")
role("audit_admin", _("审计管理员"), "area", realm=":audit")
role("public", _("公众"), "area", realm=":public", staff=False)

allow(
    "sec_admin",
    verbs=(
        "people.open_account",
        "people.close_account",
        "people.reopen_account",
        "people.unlock",
        "people.reset_password",
        "people.reset_second_factor",
        "people.request_grant",
        "people.approve_grant",
        "people.refuse_grant",
        "people.end_grant",
    ),
)
allow("sec_admin", "centre_dispatcher", verbs=("people.register_organisation", "people.correct_organisation"))

allow("sys_admin", verbs=("kernel.set_parameter", "kernel.load_calendar"))
