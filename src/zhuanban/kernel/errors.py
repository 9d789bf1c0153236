"""What can go wrong between a person and a verb, in the person's words, with its HTTP status."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from zhuanban.kernel.words import clauses


class Failure(Exception):
    """Base: `message` is shown to the person, `status` and `code` to machines, `fields` names wrong fields."""

    status = 400
    code = "bad_request"

    def __init__(self, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.message = str(message)
        self.extra = extra

    def as_dict(self) -> dict[str, Any]:
        return {"error": self.code, "message": self.message, **self.extra}


class BadInput(Failure):
    """A field is missing or wrong; `fields` maps its name to what is wrong."""

    status, code = 422, "bad_input"

    def __init__(self, fields: dict[str, list[str]], message: str = "") -> None:
        super().__init__(message or clauses(text for texts in fields.values() for text in texts), fields=fields)
        self.fields = fields


class Unknown(Failure):
    """It does not exist, or not for this person: the two are told alike."""

    status, code = 404, "not_found"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("没有找到这条记录，或者您无权查看。"))


class NotYours(Failure):
    """The person sees it but no role of theirs may do this here."""

    status, code = 403, "not_allowed"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("您的岗位不能在这里办理此事。"))


class Refused(Failure):
    """It may not be done now; the message is the rule's reason."""

    status, code = 409, "refused"


class Stale(Failure):
    """Somebody changed the record since the person read it."""

    status, code = 409, "stale"

    def __init__(self, current: int) -> None:
        super().__init__(_("这条记录刚被别人改过，请刷新后再办。"), version=current)


class VersionMissing(Failure):
    """A change to an existing record must say which version it was made on."""

    status, code = 428, "version_missing"

    def __init__(self) -> None:
        super().__init__(_("请先打开记录再修改（缺少版本号）。"))


class KeyReused(Failure):
    """An idempotency key came back with another request."""

    status, code = 409, "key_reused"

    def __init__(self) -> None:
        super().__init__(_("同一个提交编号用在了不同的内容上，请刷新页面重试。"))


class StorageDown(Failure):
    """The database or the disk does not answer."""

    status, code = 503, "storage_down"

    def __init__(self) -> None:
        super().__init__(_("系统暂时不能保存，请稍后重试；已提交的内容没有丢失。"))
