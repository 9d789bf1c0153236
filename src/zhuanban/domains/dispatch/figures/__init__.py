"""Figures of dispatch: tracks, lights, meetings, rankings."""

from . import lights as lights
from . import meetings as meetings
from . import rates as rates
from . import tracks as tracks
