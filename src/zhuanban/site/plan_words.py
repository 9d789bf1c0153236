"""The words of `zhuanban plans` in Chinese and English: it runs without settings, so without the catalogue."""

from __future__ import annotations

import os
from collections.abc import Mapping

WORDS = {
    "file": ("文件", "File"),
    "project": ("项目", "Project"),
    "tool": ("来源", "From"),
    "data_date": ("数据日期", "Data date"),
    "size": (
        "%(activities)d 项任务（其中 %(outside)d 项不在网络内），%(links)d 条逻辑关系，%(calendars)d 个日历",
        "%(activities)d activities (%(outside)d outside the network), %(links)d links, %(calendars)d calendars",
    ),
    "finish": ("计算的完成时间", "Computed finish"),
    "value": ("数值", "Value"),
    "compared": ("比对", "Compared"),
    "equal_position": ("工作时点相同", "Same working instant"),
    "equal_clock": ("钟点相同", "Same clock time"),
    "early_start": ("最早开始", "Early start"),
    "early_finish": ("最早完成", "Early finish"),
    "late_start": ("最迟开始", "Late start"),
    "late_finish": ("最迟完成", "Late finish"),
    "total_float": ("总时差", "Total float"),
    "free_float": ("自由时差", "Free float"),
    "nothing_stored": ("文件里没有存储的日期，无从比对。", "The file stores no dates to compare with."),
    "agrees": ("重算结果与文件中存储的全部相符。", "Everything stored in the file was computed again alike."),
    "differs": ("%(count)d 处不符：", "%(count)d differences:"),
    "more": ("……其余 %(count)d 处见 --json。", "... %(count)d more with --json."),
    "activity": ("任务", "Activity"),
    "name": ("名称", "Name"),
    "stored": ("文件", "Stored"),
    "ours": ("重算", "Ours"),
    "minutes": ("相差（分钟）", "Minutes"),
    "likely": ("可能的原因", "Likely because"),
    "health": ("计划的毛病：", "What is wrong with the plan:"),
    "severity": ("程度", "Severity"),
    "finding": ("发现", "Finding"),
    "count": ("数目", "Count"),
    "first_ones": ("如", "Such as"),
    "notes": ("说明：", "Notes:"),
    "healthy": ("计划没有发现毛病。", "Nothing is wrong with the plan."),
    "basis": (
        "自 %(day)s 起 %(iterations)d 次模拟，种子 %(seed)d，剩余工期 %(spread)s。",
        "%(iterations)d iterations from %(day)s, seed %(seed)d, remaining durations %(spread)s.",
    ),
    "target": ("目标", "Target"),
    "whole": ("整个项目", "Whole project"),
    "planned": ("按计划", "As planned"),
    "moves": ("决定完成时间的任务：", "What decides the finish:"),
    "criticality": ("关键频率", "Criticality"),
    "correlation": ("相关系数", "Correlation"),
    "days": ("每标准差（天）", "Days per std. dev."),
    "sure": (
        "抽样误差：P50 ±%(p50).1f 天，P80 ±%(p80).1f 天；前后两半的 P80 为 %(first)s 与 %(second)s。",
        "Sampling error: P50 ±%(p50).1f days, P80 ±%(p80).1f days; P80 of the two halves: %(first)s and %(second)s.",
    ),
    "before": ("%(day)s 前完成的概率：%(share).0f%%。", "Probability to finish by %(day)s: %(share).0f%%."),
    "circle": ("任务互相等待，形成循环：%(circle)s", "Activities wait for each other in a circle: %(circle)s"),
    "primavera": ("Primavera", "Primavera"),
    "msproject": ("Microsoft Project", "Microsoft Project"),
    "blocker": ("致命", "blocker"),
    "serious": ("严重", "serious"),
    "notice": ("提醒", "notice"),
    "triangular": ("三角分布", "triangular"),
    "pert": ("PERT 分布", "PERT"),
    "uniform": ("均匀分布", "uniform"),
    "lognormal": ("对数正态分布", "lognormal"),
    "none": ("按计划不变", "as planned"),
}

LIKELY = {
    "follows": ("随别的任务而来", "follows another"),
    "rounding": ("舍入", "rounding"),
    "completed": ("已完成的任务", "completed"),
    "lag_calendar": ("滞后的日历", "lag calendar"),
    "calendar": ("日历", "calendar"),
    "project_finish": ("项目完成日期", "project finish"),
    "forced_date": ("强制日期的时差", "float of a forced date"),
    "expected_finish": ("预期完成", "expected finish"),
    "suspended": ("停工与复工", "suspended"),
    "out_of_sequence": ("进度违反逻辑", "out of sequence"),
    "start_lag": ("已开始任务的滞后", "lag from a started start"),
    "constraint": ("限制条件", "constraint"),
    "outside_link": ("网络外的逻辑关系", "link outside the network"),
    "unknown": ("不明", "unknown"),
}

HEALTH = {
    "no_predecessor": "没有前置任务",
    "no_successor": "没有后续任务",
    "open_start": "只限制了完成，开始没有着落",
    "open_finish": "只有开始带动别的任务，完成没有着落",
    "hard_constraint": "强制日期打断逻辑",
    "strict_constraint": "限定了最迟日期",
    "long_lag": "滞后过长，掩盖了没有计划的工作",
    "lead": "负滞后，后续任务提前开始",
    "start_to_finish": "开始到完成的关系，多半不是本意",
    "long_duration": "工期过长，看不出进度",
    "progress_unknown": "已开始，但没有说剩余多少",
    "enclosure_missing": "封闭所依据的任务不在计划里",
    "enclosure_without_logic": "没有工作通向封闭",
    "negative_float": "要求的日期无法实现",
    "high_float": "时差过大，缺少逻辑关系",
    "out_of_sequence": "进度违反逻辑",
    "actual_after_data_date": "实际日期晚于数据日期",
}


def english() -> bool:
    """Whether the terminal is English; everywhere else Chinese is spoken."""
    told = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return told.startswith("en")


def word(key: str, table: Mapping[str, tuple[str, str]] = WORDS) -> str:
    return table[key][english()]
