"""The verbs of enterprises: open a file, state a fact, assign a resident officer and relieve one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy

from zhuanban.domains.enterprises import access, forms, rules
from zhuanban.domains.enterprises.models import EnterpriseFile, Fact, FactKind
from zhuanban.domains.people.models import Area, Organisation, User
from zhuanban.kernel import clock
from zhuanban.kernel.actions import PARTIES, action
from zhuanban.kernel.models import Dossier
from zhuanban.kernel.search import search_text


@action(
    "enterprises.open_file", on=Organisation, label=gettext_lazy("建企业档案"), form=forms.OpenFileForm, creates=EnterpriseFile,
    when=rules.not_an_enterprise,
)  # fmt: skip
def open_file(organisation: Organisation, *, by, area: Area | None = None) -> EnterpriseFile:
    """A file for an enterprise (一企一档), served by this area or by the one in which it is registered."""
    place, at = area or organisation.area, clock.now()
    dossier = Dossier.objects.create(
        kind="enterprises.enterprise",
        ref=f"QY-{organisation.pk:06d}",
        title=organisation.name,
        area=place.key,
        search_text=search_text(organisation.name, organisation.uscc or ""),
    )
    file = EnterpriseFile.objects.create(
        dossier=dossier, organisation=organisation, area=place, created_at=at, created_by=by, updated_at=at, updated_by=by
    )
    dossier.url = file.get_absolute_url()
    dossier.save(update_fields=["url"])
    access.regrant(file)
    return file


@action("enterprises.tell_fact", on=EnterpriseFile, label=gettext_lazy("补充事实"), form=forms.TellFactForm, readers=PARTIES)
def tell_fact(file: EnterpriseFile, *, by, kind: FactKind, value: Any, since: date | None = None, document: str = "") -> None:
    """Stated once and used for every policy; what was stated before stays on record."""
    own = by is not None and by.organisation_id == file.organisation_id
    first, last = rules.span(kind, since or clock.today())
    Fact.objects.create(
        file=file,
        kind=kind,
        value=value.plain if isinstance(value, rules.Stated) else rules.plain(value),
        valid_from=first,
        valid_to=last,
        known_at=clock.now(),
        source=Fact.Source.ENTERPRISE if own else Fact.Source.DEPARTMENT,
        document=document,
        by=by,
    )


@action(
    "enterprises.assign_officer",
    on=EnterpriseFile,
    label=gettext_lazy("安排驻企专员"),
    form=forms.AssignOfficerForm,
    when=rules.nobody_to_assign,
)
def assign_officer(file: EnterpriseFile, *, by, officer: User) -> None:
    """A resident officer (驻企专员) for the enterprise: sees its file and its claims, those from before too."""
    access.assign(file, officer.pk)


@action(
    "enterprises.relieve_officer",
    on=EnterpriseFile,
    label=gettext_lazy("结束驻企"),
    form=forms.RelieveOfficerForm,
    when=rules.nobody_to_relieve,
    danger=True,
)
def relieve_officer(file: EnterpriseFile, *, by, officer: User) -> None:
    """The officer no longer serves the enterprise and sees neither its file nor its claims any more."""
    access.relieve(file, officer.pk)
