"""The tables every module stands on: dossiers, access, events, deadlines, files, notices, parameters, jobs."""

from .access import Access, Principal
from .base import PartyQuerySet, Record, VisibleQuerySet
from .calendar import CalendarDay, CalendarYear
from .deadline import Deadline, DeadlinePause
from .dossier import Dossier
from .event import Checkpoint, Event
from .file import StoredFile
from .idempotency import StoredAnswer
from .job import Job, ScheduleFiring
from .notice import Notice
from .parameter import Parameter
from .view import SavedView

__all__ = [
    "Access",
    "CalendarDay",
    "CalendarYear",
    "Checkpoint",
    "Deadline",
    "DeadlinePause",
    "Dossier",
    "Event",
    "Job",
    "Notice",
    "Parameter",
    "PartyQuerySet",
    "Principal",
    "Record",
    "SavedView",
    "ScheduleFiring",
    "StoredAnswer",
    "StoredFile",
    "VisibleQuerySet",
]
