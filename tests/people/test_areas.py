"""Areas: codes and their validity, what lies beneath, zones counted under their hosts, the tile map."""

from datetime import date

import pytest

from zhuanban.domains.people import queries, seeds
from zhuanban.domains.people.models import Area, AreaCode
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.models import Parameter

pytestmark = pytest.mark.django_db

CODES = [
    "220102",
    "220103",
    "220104",
    "220105",
    "220106",
    "220112",
    "220113",
    "220122",
    "220182",
    "220183",
    "220184",
    "220171",
    "220172",
    "220173",
    "220174",
]


def test_the_seed_holds_every_code_and_is_loaded_once(areas):
    seeds.load()
    assert set(CODES) | {"220100", "220381", "220181"} == set(AreaCode.objects.values_list("code", flat=True))
    assert Area.objects.count() == 16
    assert Parameter.objects.filter(name="people.lockout_failures").count() == 1


@pytest.mark.parametrize(
    ("old", "today"), [("220381", "公主岭市"), ("220181", "九台区"), ("220184", "公主岭市"), (" ２２０１７４ ", "汽开区")]
)
def test_old_codes_lead_to_todays_area(areas, old, today):
    assert queries.area_for_code(old).name == today


def test_on_a_day_only_the_code_of_that_day_counts(areas):
    assert queries.area_for_code("220381", on=date(2019, 5, 1)).name == "公主岭市"
    with pytest.raises(BadValue, match="代码表"):
        queries.area_for_code("220184", on=date(2019, 5, 1))
    with pytest.raises(BadValue, match="代码表"):
        queries.area_for_code("220381", on=date(2022, 5, 1))


@pytest.mark.parametrize("code", ["220999", "2201", "abc", "999999"])
def test_unknown_codes_are_told(areas, code):
    with pytest.raises(BadValue):
        queries.area_for_code(code)


def test_the_city_holds_all_and_a_district_itself(areas):
    assert queries.subtree_keys("220100") == {"220100", *CODES}
    assert queries.subtree_keys("220106") == {"220106"}


def test_zones_are_counted_under_their_hosts_and_no_code_prefix_is_used(areas):
    assert queries.rolled_up()["220174"] == "220106"
    assert queries.rolled_up()["220106"] == "220106"
    assert queries.hosted_keys("220106") == {"220106", "220174"}
    zones = Area.objects.filter(kind="development_zone")
    assert zones.count() == 4 and not zones.filter(host=None).exists()
    assert set(AreaCode.objects.filter(area__in=zones).values_list("system", flat=True)) == {"statistical"}


def test_every_district_has_its_own_tile_and_english_name(areas):
    tiles = list(queries.districts().values_list("tile_column", "tile_row"))
    assert len(tiles) == len(set(tiles)) == 15 and None not in {part for tile in tiles for part in tile}
    assert not Area.objects.filter(name_en="").exists()
    north, south = Area.objects.get(pk="220182"), Area.objects.get(pk="220112")
    assert north.tile_row < south.tile_row
