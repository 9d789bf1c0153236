"""Models of dispatch: tracks, lights, meetings, rankings."""

from .agenda import AgendaItem, Decision
from .changes import ListingSnapshot
from .lights import Level, LightDay, LightRuleSet, ProjectLight
from .meetings import Attendance, Meeting, MeetingSeries
from .minutes import Minutes
from .rankings import Ranking, RankingLine
from .tracks import DailyTrack, TrackCorrection, TrackPhoto, TrackReminder, WorkerHousing

__all__ = [
    "AgendaItem",
    "Attendance",
    "DailyTrack",
    "Decision",
    "Level",
    "LightDay",
    "LightRuleSet",
    "ListingSnapshot",
    "Meeting",
    "MeetingSeries",
    "Minutes",
    "ProjectLight",
    "Ranking",
    "RankingLine",
    "TrackCorrection",
    "TrackPhoto",
    "TrackReminder",
    "WorkerHousing",
]
