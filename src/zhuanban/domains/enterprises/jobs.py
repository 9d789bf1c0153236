"""What enterprises does by the clock: who is no resident officer any more serves no enterprise."""

from __future__ import annotations

from zhuanban.domains.enterprises import access, actions, rules
from zhuanban.domains.enterprises.models import EnterpriseFile
from zhuanban.domains.people.models import User
from zhuanban.domains.people.queries import holders
from zhuanban.kernel.jobs import schedule, task


@task()
def relieve_former_officers() -> int:
    """Ends each assignment of a person whose role has ended or whose account is closed, as if the centre had. Returns how many ended."""
    former = User.objects.filter(pk__in=access.all_officers()).exclude(pk__in=holders(rules.OFFICER).values("pk"))
    ended = 0
    for officer in former:
        for file in EnterpriseFile.objects.filter(dossier__in=access.served(officer.pk)).order_by("pk"):
            actions.relieve_officer(file, by=None, officer=officer)
            ended += 1
    return ended


schedule("enterprises.relieve_former_officers", "10 0 * * *", relieve_former_officers)
