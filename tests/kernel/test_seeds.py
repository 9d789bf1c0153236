"""A first start loads the rules once."""

from datetime import date

import pytest

from zhuanban.kernel import access, deadlines, verbs
from zhuanban.kernel.errors import NotYours, Refused
from zhuanban.kernel.models import CalendarDay, Parameter
from zhuanban.site import seeds as all_seeds


def test_loading_twice_adds_nothing(seeds):
    before = Parameter.objects.count(), CalendarDay.objects.count()
    all_seeds.load()
    assert (Parameter.objects.count(), CalendarDay.objects.count()) == before
    assert before[1] > 500


def test_every_declared_parameter_is_seeded(seeds):
    from zhuanban.kernel import parameters

    for name in parameters.REGISTRY:
        assert parameters.in_force(name).source


def test_a_notice_makes_its_year_official(seeds, person):
    officer = person("sys_admin", area="220100")
    assert deadlines.calendar().provisional(2027)
    ledger = access.ledger("settings", title="参数台账")
    verbs.load_calendar(
        ledger,
        by=officer,
        year=2027,
        days={date(2027, 1, 1): (False, "元旦"), date(2026, 12, 27): (True, "元旦调休")},
        source="国办发明电〔2026〕1号",
    )
    days = deadlines.calendar()
    assert not days.provisional(2027) and not days.is_workday(date(2027, 1, 1)) and days.is_workday(date(2026, 12, 27))
    assert not days.is_workday(date(2026, 10, 1)), "the rest of 2026 stands"


def test_only_the_system_administrator_loads_a_calendar(seeds, dispatcher):
    with pytest.raises(NotYours):
        verbs.load_calendar(access.ledger("settings"), by=dispatcher, year=2027, days={date(2027, 1, 1): (False, "元旦")}, source="无")


def test_a_parameter_is_not_changed_backwards(seeds, person):
    with pytest.raises(Refused, match="不能早于今天"):
        verbs.set_parameter(
            access.ledger("settings"),
            by=person("sys_admin", area="220100"),
            name="portfolio.list_threshold",
            value=1,
            effective_from=date(2020, 1, 1),
            source="无",
        )
