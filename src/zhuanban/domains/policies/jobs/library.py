"""Letters to enterprises: each morning, and after a version is published."""

from __future__ import annotations

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from zhuanban.domains.policies.models import PolicyLetter
from zhuanban.domains.policies.queries import letters
from zhuanban.kernel import clock
from zhuanban.kernel.jobs import schedule, task
from zhuanban.kernel.models import Notice


@task()
def send_letters(policies: list[str] | None = None) -> int:
    """A letter to every enterprise that newly qualifies, and a notice to its people. Returns how many letters went out."""
    owed = letters.due(clock.today(), set(policies) if policies else None)
    if not owed:
        return 0
    readers, at = letters.readers_of({letter.file_id for letter in owed}), clock.now()
    for letter in owed:
        letter.sent_at, letter.told = at, len(readers.get(letter.file_id, ()))
    with transaction.atomic(), translation.override("zh-hans"):
        made = PolicyLetter.objects.bulk_create(owed, batch_size=1000)
        Notice.objects.bulk_create(
            [
                Notice(
                    user_id=person,
                    dossier_id=letter.edition.policy.dossier_id,
                    text=_("贵单位符合“%(policy)s”") % {"policy": letter.edition.policy.name},
                    url=letter.get_absolute_url(),
                    at=at,
                )
                for letter in made
                for person in readers.get(letter.file_id, ())
            ],
            batch_size=1000,
        )
    return len(made)


schedule("policies.send_letters", "20 7 * * *", send_letters)
