"""Pages of the cockpit: everybody's first page, the overview of the city, the calendar."""

from . import calendar as calendar
from . import home as home
from . import overview as overview
