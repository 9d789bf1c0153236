"""How much of a file is read before it is refused: far above any real plan, far below what would stop a server."""

MAX_BYTES = 96 * 1024 * 1024
MAX_ELEMENTS = 8_000_000
"""XML elements."""
MAX_BRANCH = 400_000
"""XML elements inside one task or calendar."""
MAX_ROOT_VALUES = 1_000
"""Simple values of the project itself."""
MAX_DEPTH = 40
"""Nesting of XML elements, and of the brackets in a calendar of an XER file."""
MAX_ROWS = 2_000_000
"""Rows of an XER file, all tables together."""
MAX_ACTIVITIES = 200_000
MAX_LINKS = 1_000_000
MAX_CALENDARS = 20_000
MAX_EXCEPTION_DAYS = 400_000
"""Days on which some calendar departs from its week, all calendars together."""
MAX_SUMMARY_PAIRS = 10_000
"""Links that one link between summaries may stand for."""

FIRST_YEAR, LAST_YEAR = 1950, 2199
"""Years in which a plan may lie."""
LONGEST_MINUTES = 100 * 366 * 24 * 60
"""A hundred years: no duration, lag or float is longer."""
LONGEST_PLANNED = 100 * 2000 * 60
"""Minutes of a hundred years of working hours: what is planned for longer in a tool that schedules by what remains is a slip."""
