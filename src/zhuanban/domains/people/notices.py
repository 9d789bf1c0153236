"""Who hears of requested and decided rights."""

from django.utils.translation import gettext as _

from zhuanban.domains.people.models import RoleGrant
from zhuanban.domains.people.queries import holders
from zhuanban.kernel.notices import hears


@hears("people.request_grant")
def tell_approvers(grant: RoleGrant, by, event):
    text = _("待批准授权：%(who)s %(role)s") % {"who": grant.user, "role": grant.role_label}
    return [(person.pk, text) for person in holders("sec_admin") if person.pk not in {grant.user_id, grant.requested_by_id}]


@hears("people.approve_grant", "people.refuse_grant", "people.end_grant")
def tell_those_concerned(grant: RoleGrant, by, event):
    text = _("授权%(state)s：%(who)s %(role)s") % {"state": grant.get_state_display(), "who": grant.user, "role": grant.role_label}
    return [(pk, text) for pk in {grant.user_id, grant.requested_by_id}]
