"""The tables of a Primavera XER file: lines of tab-separated fields, marked %T (table), %F (field names), %R (row), %E (end)."""

from __future__ import annotations

from collections.abc import Iterator

from zhuanban.engines.schedules.readers.errors import PlanFileError
from zhuanban.engines.schedules.readers.limits import MAX_ROWS
from zhuanban.engines.schedules.readers.text import decoded

Row = dict[str, str]
MARK = b"ERMHDR"
WANTED = {
    "PROJECT": "proj_id proj_short_name clndr_id last_recalc_date next_data_date plan_start_date plan_end_date orig_proj_id",
    "CALENDAR": "clndr_id clndr_name base_clndr_id default_flag day_hr_cnt clndr_data",
    "SCHEDOPTIONS": "proj_id sched_retained_logic sched_progress_override sched_calendar_on_relationship_lag sched_use_expect_end_flag "
    "sched_lag_early_start_flag sched_float_type sched_open_critical_flag",
    "TASK": "task_id proj_id clndr_id task_code task_name task_type status_code complete_pct_type phys_complete_pct rsrc_id "
    "target_drtn_hr_cnt target_drtn_hr remain_drtn_hr_cnt remain_drtn_hr act_start_date act_end_date suspend_date resume_date "
    "expect_end_date cstr_type cstr_date cstr_type2 cstr_date2 external_early_start_date external_late_end_date target_start_date "
    "early_start_date early_end_date late_start_date late_end_date total_float_hr_cnt free_float_hr_cnt",
    "TASKPRED": "task_id pred_task_id pred_type lag_hr_cnt lag_hr",
    "TASKRSRC": "task_id rsrc_id target_cost",
    "RSRC": "rsrc_id clndr_id",
}
"""The tables and fields that are read."""
COLUMNS = {table: frozenset(names.split()) for table, names in WANTED.items()}


def is_xer(content: bytes) -> bool:
    """Whether the file begins as an XER file does, in whatever encoding."""
    head = content[:400].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")
    return head.startswith(MARK) or head.startswith(b"%T\t")


def tables(content: bytes) -> dict[str, list[Row]]:
    """The wanted tables by name, each a list of rows by field name; a row shorter than its header lacks the fields at its end."""
    found: dict[str, list[Row]] = {}
    places: list[tuple[int, str]] = []
    columns: frozenset[str] = frozenset()
    rows: list[Row] = []
    count = 0
    for line in _lines(decoded(content)):
        mark = line[:2]
        if mark == "%R":
            count += 1
            if count > MAX_ROWS:
                raise PlanFileError("too_many", limit=MAX_ROWS, what="rows")
            if columns:
                values = line.split("\t")
                rows.append({name: values[at] for at, name in places if at < len(values)})
        elif mark == "%F":
            names = (name.strip().lower() for name in line.split("\t"))
            places = [(at, name) for at, name in enumerate(names) if name in columns]
        elif mark == "%T":
            name = line[2:].strip().upper()
            columns, places = COLUMNS.get(name, frozenset()), []
            rows = found.setdefault(name, [])
        elif mark == "%E":
            break
    return found


def _lines(text: str) -> Iterator[str]:
    """Lines that begin with a mark; a line without one goes on with the row before it (a line break inside a text)."""
    held = ""
    for line in text.split("\n"):
        line = line.rstrip("\r")
        if line[:1] == "%" and line[1:2] in ("T", "F", "R", "E"):
            if held:
                yield held
            held = line
        elif held.startswith("%R") and line:
            held += " " + line
    if held:
        yield held
