"""Actions of dispatch: tracks, lights, meetings, rankings."""

from . import agenda as agenda
from . import decisions as decisions
from . import lights as lights
from . import meetings as meetings
from . import rankings as rankings
from . import tracks as tracks
