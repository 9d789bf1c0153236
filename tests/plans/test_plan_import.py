"""A plan from a file: read, calculated again, shown, and used only when somebody adopts it; whatever is wrong with it leaves nothing behind."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from zhuanban.domains.plans import imports
from zhuanban.domains.plans.models import Node, Plan
from zhuanban.domains.plans.pages.imports import share
from zhuanban.engines.calendars import ShiftCalendar
from zhuanban.engines.schedules import Activity, Kind, Link, Network, schedule
from zhuanban.engines.schedules.model import PlanFile
from zhuanban.engines.schedules.writers import write_mspdi
from zhuanban.kernel import clock
from zhuanban.kernel.models import StoredFile

START = datetime(2023, 3, 1, 8)
DAY = 480
pytestmark = pytest.mark.django_db


def plan_file(*, enclosed: bool = True) -> PlanFile:
    """A shed: foundations, steel, roof, closed, fitted out."""
    calendar = ShiftCalendar.weekly("标准")
    works = [("1", "独立基础", 30), ("2", "钢结构吊装", 40), ("3", "屋面与外墙", 35), ("5", "机电安装", 60), ("6", "杂项", 5)]
    milestones = [("4", "暖封闭" if enclosed else "里程碑甲"), ("7", "完工")]
    activities = (
        *(Activity(key, days * DAY, "1", name=name) for key, name, days in works),
        *(Activity(key, 0, "1", name=name, kind=Kind.FINISH_MILESTONE) for key, name in milestones),
    )
    links = tuple(Link(before, after) for before, after in (("1", "2"), ("2", "3"), ("3", "4"), ("4", "5"), ("5", "6"), ("6", "7")))
    return PlanFile("厂房计划", START, activities, links, {"1": calendar}, "1")


def mspdi(**options) -> bytes:
    plan = plan_file(**options)
    return write_mspdi(
        plan, schedule(Network.from_records(plan.activities, plan.links), plan.calendars, plan.data_date, project_calendar="1")
    )


def xer(links=(("1000", "1001"),)) -> bytes:
    """Two tasks of Primavera, in the city's encoding."""
    tasks = [("1000", "A", "土方开挖"), ("1001", "B", "暖封闭")]
    lines = [
        "ERMHDR\t19.12\t2023-02-10\tProject\tadmin\tAdmin\tdb\tPM\tCNY",
        "%T\tPROJECT", "%F\tproj_id\tproj_short_name\tclndr_id\tlast_recalc_date", "%R\t7\tPLAN\t11\t2023-03-01 08:00",
        "%T\tCALENDAR", "%F\tclndr_id\tclndr_name\tclndr_type\tday_hr_cnt", "%R\t11\t标准\tCA_Base\t8",
        "%T\tTASK", "%F\ttask_id\tproj_id\tclndr_id\ttask_type\tstatus_code\ttask_code\ttask_name\ttarget_drtn_hr_cnt\tremain_drtn_hr_cnt",
        *(f"%R\t{key}\t7\t11\t{'TT_FinMile' if code == 'B' else 'TT_Task'}\tTK_NotStart\t{code}\t{name}\t{0 if code == 'B' else 80}\t{0 if code == 'B' else 80}"
          for key, code, name in tasks),
        "%T\tTASKPRED", "%F\ttask_pred_id\ttask_id\tpred_task_id\tproj_id\tpred_proj_id\tpred_type\tlag_hr_cnt",
        *(f"%R\t{at}\t{after}\t{before}\t7\t7\tPR_FS\t0" for at, (before, after) in enumerate(links)),
        "%E",
    ]  # fmt: skip
    return "\r\n".join(lines).encode("gb18030")


def two_projects() -> bytes:
    """A file with two projects: the smaller second."""
    rows = [("1000", "7", "A", "土方开挖"), ("1001", "7", "B", "基础"), ("2000", "8", "C", "幕墙")]
    lines = [
        "ERMHDR\t19.12\t2023-02-10\tProject\tadmin\tAdmin\tdb\tPM\tCNY",
        "%T\tPROJECT", "%F\tproj_id\tproj_short_name\tclndr_id\tlast_recalc_date", "%R\t7\t一期\t11\t2023-03-01 08:00", "%R\t8\t二期\t11\t2023-03-01 08:00",
        "%T\tCALENDAR", "%F\tclndr_id\tclndr_name\tclndr_type\tday_hr_cnt", "%R\t11\t标准\tCA_Base\t8",
        "%T\tTASK", "%F\ttask_id\tproj_id\tclndr_id\ttask_type\tstatus_code\ttask_code\ttask_name\ttarget_drtn_hr_cnt\tremain_drtn_hr_cnt",
        *(f"%R\t{key}\t{of}\t11\tTT_Task\tTK_NotStart\t{code}\t{name}\t80\t80" for key, of, code, name in rows), "%E",
    ]  # fmt: skip
    return "\r\n".join(lines).encode("gb18030")


@pytest.fixture
def shed(project):
    return project("测试厂房", stage="under_construction")


def send(browser, project, content: bytes, name: str = "厂房.xml", **more):
    return browser.post(f"/plans/projects/{project.pk}/import/", {"file": SimpleUploadedFile(name, content), "_key": "", **more})


def test_a_file_is_checked_then_adopted_and_kept_as_the_source(shed, dispatcher, sign_in):
    browser = sign_in(dispatcher)
    answer = send(browser, shed, mspdi())
    draft = Plan.objects.get(project=shed)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/plans/drafts/{draft.pk}/")
    assert (draft.state, draft.origin, draft.activities) == ("draft", "import", 7)
    assert draft.file and draft.file.dossier_id == shed.pk and draft.file.name == "厂房.xml"
    page = browser.get(f"/plans/drafts/{draft.pk}/").content.decode()
    assert "工作时点相同" in page and "100" in page and "暖封闭" in page and "1 道工序从名称看不出类别" in page
    assert not shed.plans.filter(state="current").exists()
    assert adopt(browser, draft)
    draft.refresh_from_db()
    assert draft.state == "current" and shed.baselines.count() == 1


def adopt(browser, draft) -> bool:
    return browser.post(reverse("kernel:act", args=["plans.adopt", draft.pk]), {"_version": draft.version}).status_code in (204, 302)


def test_names_tell_work_and_frost(shed, dispatcher, sign_in):
    send(sign_in(dispatcher), shed, mspdi())
    told = {each["id"]: each for each in Plan.objects.get(project=shed).document["activities"]}
    assert (told["1"]["work_class"], told["1"]["exposure"]) == ("concrete", "outdoor")
    assert told["2"]["work_class"] == "steel" and told["3"]["work_class"] == "envelope"
    assert told["4"]["node"] == "warm_enclosure" and told["7"]["node"] == "completed"
    assert (told["5"]["exposure"], told["5"]["enclosure"]) == ("enclosable", "4")
    assert told["6"]["work_class"] == imports.UNKNOWN and "exposure" not in told["6"]


def test_primavera_in_chinese_bytes(shed, dispatcher, sign_in):
    assert send(sign_in(dispatcher), shed, xer(), "厂房.xer").status_code == 302
    plan = Plan.objects.get(project=shed)
    assert plan.check_result["tool"] == "primavera" and plan.activities == 2


@pytest.mark.parametrize(
    "content",
    [
        xer().replace(b"\tCNY", b"\tCNY\x7f\x7f").replace("土方开挖".encode("gb18030"), b"Land \x92A\x92 \xa3 \xef\xbb\xbf"),
        xer().decode("gb18030").encode("utf-16"),
        xer().partition(b"\r\n")[2],
    ],
    ids=["as Primavera writes them", "utf-16", "without its first line"],
)
def test_control_characters_and_mixed_encodings_of_primavera(shed, dispatcher, sign_in, content):
    assert send(sign_in(dispatcher), shed, content, "计划.xer").status_code == 302
    stored = Plan.objects.get(project=shed).file
    assert (stored.name, stored.content_type) == ("计划.xer", "application/octet-stream")


def test_a_plan_of_primavera_under_another_name_is_kept_as_what_it_is(shed, dispatcher, sign_in):
    assert send(sign_in(dispatcher), shed, xer(), "计划.xml").status_code == 302
    assert Plan.objects.get(project=shed).file.name == "计划.xml.xer"


def test_of_a_file_with_several_projects_somebody_chooses_one(shed, dispatcher, sign_in):
    browser = sign_in(dispatcher)
    asked = send(browser, shed, two_projects(), "全厂.xer")
    page = asked.content.decode()
    assert asked.status_code == 422 and "文件里有 2 个项目，请选择导入哪一个" in page
    assert '<option value="一期">一期（2 道工序）</option>' in page and '<option value="二期">二期（1 道工序）</option>' in page
    assert not Plan.objects.exists() and not StoredFile.objects.filter(kind__startswith="plan").exists()
    assert send(browser, shed, two_projects(), "全厂.xer", part="二期").status_code == 302
    plan = Plan.objects.get(project=shed)
    assert (plan.name, plan.activities) == ("二期", 1)


def test_a_project_that_the_file_does_not_have_is_named_with_those_it_has(shed, dispatcher, sign_in):
    for content in (two_projects(), xer()):
        answer = send(sign_in(dispatcher), shed, content, "全厂.xer", part="三期")
        assert answer.status_code == 422 and "文件里没有名为“三期”的项目，只有：" in answer.content.decode()
    assert not Plan.objects.exists()


def test_the_page_goes_on_to_the_check_without_losing_the_file_chosen(shed, dispatcher, sign_in):
    browser = sign_in(dispatcher)
    file = SimpleUploadedFile("全厂.xer", two_projects())
    answer = browser.post(f"/plans/projects/{shed.pk}/import/", {"file": file, "part": "一期"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"/plans/drafts/{Plan.objects.get().pk}/")


def test_a_plan_without_a_baseline_that_can_be_calculated_is_not_adopted(shed, dispatcher, sign_in):
    """Weeks remain, as Primavera schedules it, but what was planned lasts beyond 2199."""
    browser = sign_in(dispatcher)
    content = xer().replace(b"TT_FinMile", b"TT_Task").replace(b"\t80\t80", b"\t190000\t80").replace(b"\t0\t0\r", b"\t190000\t80\r")
    assert send(browser, shed, content, "a.xer").status_code == 302
    draft = Plan.objects.get()
    answer = browser.post(reverse("kernel:act", args=["plans.adopt", draft.pk]), {"_version": draft.version})
    assert answer.status_code == 409 and "计划算不出来" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_share_is_whole_only_when_all_agree():
    assert (share(3991, 3991), share(3990, 3991), share(0, 0)) == (100, 99.9, None)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.xml", ""),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 50, "a.mpp", "MPP 文件不能直接读取"),
        (b"PK\x03\x04" + b"0" * 50, "a.zip", "压缩包"),
        (b"<Project xmlns='http://schemas.microsoft.com/project'><Tasks>", "a.xml", "XML 有语法错误"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><Project xmlns='http://schemas.microsoft.com/project'>&b;</Project>", "a.xml", "不读取"),
        ("只是文字".encode(), "a.xml", "不是 Microsoft Project 的 XML"),
        (xer(links=(("1000", "1001"), ("1001", "1000"))), "a.xer", "逻辑关系成环"),
    ],
)
def test_what_cannot_be_used_is_told_and_leaves_nothing(shed, dispatcher, sign_in, content, name, words):
    answer = send(sign_in(dispatcher), shed, content, name)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Plan.objects.exists() and not StoredFile.objects.filter(kind__startswith="plan").exists()


def test_too_many_activities_are_refused_before_anything_is_calculated(shed, dispatcher, sign_in, monkeypatch):
    from zhuanban.domains.plans import reading

    monkeypatch.setattr(reading, "MOST_ACTIVITIES", 3)
    assert "最多 3 道" in send(sign_in(dispatcher), shed, mspdi()).content.decode()
    assert not Plan.objects.exists()


def test_a_draft_is_nobodys_business_but_the_projects(shed, dispatcher, person, sign_in):
    send(sign_in(dispatcher), shed, mspdi())
    draft = Plan.objects.get(project=shed)
    stranger = sign_in(person("centre_dispatcher", area="220102"))
    assert stranger.get(f"/plans/drafts/{draft.pk}/").status_code == 404
    assert send(stranger, shed, mspdi()).status_code == 404
    assert Plan.objects.count() == 1


def test_no_enclosure_in_the_file_is_not_taken_for_none_needed(shed, dispatcher, sign_in):
    from zhuanban.domains.plans import runs
    from zhuanban.domains.plans.forecasting import Settings

    at = clock.now()
    due = datetime(2023, 10, 31).date()
    Node.objects.create(project=shed, code="warm_enclosure", name="暖封闭", phase="building", due_on=due, created_at=at, updated_at=at)
    browser = sign_in(dispatcher)
    send(browser, shed, mspdi(enclosed=False))
    draft = Plan.objects.get(project=shed)
    assert "没有认出暖封闭的里程碑" in browser.get(f"/plans/drafts/{draft.pk}/").content.decode()
    assert adopt(browser, draft)
    runs.renew([shed.pk], settings=Settings(clock.today(), 1, 50, 20, 0.8))
    row = shed.forecasts.get(current=True)
    assert (row.enclosure, row.withheld, row.enclosed_in_time) == ("withheld", "no_logic", None)
