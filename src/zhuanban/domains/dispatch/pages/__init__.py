"""Pages of dispatch: tracks, lights, meetings, rankings."""

from . import changes as changes
from . import lights as lights
from . import meetings as meetings
from . import minutes as minutes
from . import months as months
from . import rankings as rankings
from . import rates as rates
from . import track_batch as track_batch
from . import track_lists as track_lists
from . import tracks as tracks
