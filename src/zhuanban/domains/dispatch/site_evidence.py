"""What the daily tracks tell the entry into statistics: a photo of a day on which main works were measured proves them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from zhuanban.domains.dispatch.models import DailyTrack, TrackPhoto
from zhuanban.domains.plans.models import QuantityEntry
from zhuanban.domains.statistics.rules import NOT_MAIN, Evidence, gathers


@gathers
def photographed_days(projects: Sequence[int]) -> dict[int, list[Evidence]]:
    """The first photographed day of each project with main works measured on it, else the first photographed one. A photo that is older
    than its report, or was used before, proves nothing."""
    photo = TrackPhoto.objects.filter(track=OuterRef("pk"), older=False, reused=False)
    main = QuantityEntry.objects.filter(item__project=OuterRef("project"), day=OuterRef("day"), amount__gt=0).exclude(
        item__kind__in=NOT_MAIN
    )
    rows = DailyTrack.objects.filter(Exists(photo), project__in=projects).annotate(main=Exists(main)).order_by("project", "-main", "day")
    found: dict[int, list[Evidence]] = defaultdict(list)
    for track in rows.only("project_id", "day"):
        if track.project_id not in found:
            found[track.project_id].append(Evidence(_("日报照片"), track.day, bool(track.main), track.get_absolute_url()))
    return found
