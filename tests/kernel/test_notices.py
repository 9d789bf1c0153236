"""Notices: told in the verb's transaction, in the house's language, with receipts."""

from django.utils.translation import override

from zhuanban.domains.portfolio import actions
from zhuanban.kernel import notices
from zhuanban.kernel.models import Deadline, Notice


def test_what_is_stored_is_in_the_houses_language(project, dispatcher, person):
    local = person("centre_dispatcher", area="220106")
    with override("en"):
        actions.advance(project("合成甲", area="220106"), by=dispatcher)
        actions.contest(project("合成乙"), by=dispatcher, field="jobs_planned", claimed="30", reason="x", evidence="y")
    assert Notice.objects.get(user=local, text__contains="合成甲").text == "合成甲 转为“洽谈”"
    assert Deadline.objects.get().title == "核实异议：合成乙"


def test_the_doer_is_not_told_and_a_receipt_is_given_once(project, dispatcher, person):
    local = person("centre_dispatcher", area="220106")
    actions.advance(project(area="220106"), by=dispatcher)
    assert notices.unread(dispatcher) == 0 and notices.unread(local) == 1
    assert (notices.mark_read(local), notices.mark_read(local)) == (1, 0)
