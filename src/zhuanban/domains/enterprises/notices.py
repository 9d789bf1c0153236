"""Who hears of what happens to the files of enterprises."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhuanban.domains.people.models import User
from zhuanban.kernel.notices import hears


@hears("enterprises.tell_fact")
def stated_by_others(file, *, by, event):
    """An enterprise hears when somebody else states something of it."""
    if by is None or by.organisation_id == file.organisation_id:
        return []
    people = User.objects.filter(organisation=file.organisation_id, is_active=True).values_list("pk", flat=True)
    return [(person, _("企业档案有新的事实，请核对")) for person in people]
