"""What a reader of plan files says: why it cannot take a file, and what it left out or assumed of one that it took."""

from __future__ import annotations

from collections.abc import Mapping

Parts = Mapping[str, str | int]


def gettext_noop(message: str) -> str:
    """Marks a message for the catalogue and leaves it as it is."""
    return message


REASONS = {
    "empty": (gettext_noop("文件是空的。"), "The file is empty."),
    "too_large": (
        gettext_noop("文件有 %(size)d 字节，最多能读 %(limit)d 字节。"),
        "The file has %(size)d bytes; at most %(limit)d are read.",
    ),
    "too_many": (gettext_noop("文件内容过多（%(what)s），上限为 %(limit)d。"), "The file has more than %(limit)d %(what)s."),
    "too_deep": (gettext_noop("文件嵌套超过 %(limit)d 层。"), "The file is nested deeper than %(limit)d levels."),
    "unknown_format": (
        gettext_noop("不是 Microsoft Project 的 XML 文件，也不是 Primavera 的 XER 文件。"),
        "This is neither a Microsoft Project XML file nor a Primavera XER file.",
    ),
    "compressed": (gettext_noop("文件是压缩包，请先解压。"), "The file is compressed. Unpack it first."),
    "mpp": (
        gettext_noop("MPP 文件不能直接读取，请在 Microsoft Project 中另存为 XML。"),
        "A binary Microsoft Project file (MPP) cannot be read directly. Save it as XML in Microsoft Project.",
    ),
    "encoding": (gettext_noop("文件的文字编码不是 %(encoding)s。"), "The text of the file is not valid %(encoding)s."),
    "unknown_encoding": (
        gettext_noop("文件声明的文字编码 %(encoding)s 无法识别。"),
        "The file says that its encoding is %(encoding)s, which is unknown.",
    ),
    "not_xml": (gettext_noop("XML 有语法错误（%(detail)s）。"), "The XML is not well-formed (%(detail)s)."),
    "forbidden_xml": (
        gettext_noop("XML 中带有文档类型或实体声明，计划文件不应有，因此不读取。"),
        "The XML declares a document type or entities. Plan files have none, so it is not read.",
    ),
    "not_a_plan": (gettext_noop("文件里没有所需的内容：%(what)s。"), "The file has no %(what)s."),
    "bad_value": (gettext_noop("%(where)s：“%(value)s”不是有效的值（%(what)s）。"), "%(where)s: %(value)s is no %(what)s."),
    "out_of_range": (gettext_noop("%(where)s：“%(value)s”超出范围。"), "%(where)s: %(value)s is out of range."),
    "duplicate": (gettext_noop("%(what)s %(value)s 出现了两次。"), "%(what)s %(value)s occurs twice."),
    "no_such_project": (
        gettext_noop("文件里没有项目 %(value)s，有：%(known)s。"),
        "The file has no project %(value)s. It has: %(known)s.",
    ),
    "calendar_loop": (gettext_noop("日历 %(value)s 以自己为基准。"), "Calendar %(value)s is its own base."),
    "no_work": (gettext_noop("日历 %(value)s 没有任何工作时间。"), "Calendar %(value)s never works."),
}
"""Why a file is refused, in Chinese and in English, by code."""

REMARKS = {
    "other_projects": (gettext_noop("文件里还有 %(count)d 个项目。"), "The file has %(count)d other project(s)."),
    "baselines": (gettext_noop("文件里另有 %(count)d 个基线，不读。"), "The file also holds %(count)d baseline(s), which are not read."),
    "no_options": (
        gettext_noop("文件没有排程选项，按 Primavera 的缺省处理（保留逻辑，滞后按前置任务的日历）。"),
        "The file has no schedule options; Primavera's defaults are used (retained logic, lags on the predecessor's calendar).",
    ),
    "actual_dates": (
        gettext_noop("排程选项为“实际日期”，按保留逻辑计算，结果会有差别。"),
        "The file is scheduled by actual dates; it is recomputed by retained logic, so dates differ.",
    ),
    "default_week": (
        gettext_noop("日历 %(calendar)s 没有工作周，按周一至周五 08:00-12:00、13:00-17:00 处理。"),
        "Calendar %(calendar)s has no working week; Monday to Friday, 08:00-12:00 and 13:00-17:00, is used.",
    ),
    "planned_start": (
        gettext_noop("数据日期早于项目的计划开始，从计划开始算起。"),
        "The data date lies before the project's planned start; work begins at the planned start.",
    ),
    "no_data_date": (
        gettext_noop("项目没有数据日期，取各任务最早的日期。"),
        "The project has no data date; the earliest date of its activities is used.",
    ),
    "no_duration": (gettext_noop("%(count)d 项任务没有工期，按零处理。"), "%(count)d activities have no duration; they count as none."),
    "negative_duration": (
        gettext_noop("%(count)d 项任务的工期为负，按零处理。"),
        "%(count)d activities have a negative duration; they count as none.",
    ),
    "too_long": (
        gettext_noop("%(count)d 项任务的计划工期超过一百年，按剩余工期处理。"),
        "%(count)d activities are planned for more than a hundred years; their remaining duration is used.",
    ),
    "unknown_calendar": (
        gettext_noop("%(count)d 项任务的日历不在文件里，用项目的日历。"),
        "%(count)d activities name a calendar that the file does not have; the project's is used.",
    ),
    "several_calendars": (
        gettext_noop("%(count)d 项任务的资源分属几个日历，只用其中一个。"),
        "%(count)d activities have resources on several calendars; only one of them is used.",
    ),
    "unknown_constraint": (
        gettext_noop("%(count)d 个限制条件类型不明，略去。"),
        "%(count)d constraints are of an unknown type and are left out.",
    ),
    "external_date": (
        gettext_noop("%(count)d 个来自其他项目的日期作为限制条件保留。"),
        "%(count)d dates from links to other projects are kept as constraints.",
    ),
    "link_elsewhere": (
        gettext_noop("%(count)d 条连到文件中其他项目的逻辑关系略去。"),
        "%(count)d links to other projects of the file are left out.",
    ),
    "link_nowhere": (
        gettext_noop("%(count)d 条逻辑关系的另一头不在计划里，略去。"),
        "%(count)d links name an activity that is not in the plan and are left out.",
    ),
    "link_itself": (
        gettext_noop("%(count)d 条逻辑关系连到任务自己，略去。"),
        "%(count)d links join an activity to itself and are left out.",
    ),
    "inactive": (gettext_noop("%(count)d 项停用的任务略去。"), "%(count)d inactive tasks are left out."),
    "other_file": (gettext_noop("%(count)d 项属于其他文件的任务略去。"), "%(count)d tasks of other files are left out."),
    "by_hand": (
        gettext_noop("%(count)d 项手动安排的任务，其开始时间作为最早开始的限制。"),
        "%(count)d tasks are scheduled by hand; their start is kept as the earliest one.",
    ),
    "leveled": (
        gettext_noop("%(count)d 项任务因资源平衡推迟，这里不重算平衡。"),
        "%(count)d tasks are delayed by resource leveling, which is not recomputed.",
    ),
    "summary_link": (
        gettext_noop("%(count)d 条摘要任务的逻辑关系化为其下任务的逻辑关系。"),
        "%(count)d links of summaries are taken as links of the tasks below them.",
    ),
    "summary_link_lost": (
        gettext_noop("%(count)d 条摘要任务的逻辑关系无法由其下任务表示，略去。"),
        "%(count)d links of summaries cannot be told by their tasks and are left out.",
    ),
    "from_finish": (
        gettext_noop("项目从完成日期倒排，这里从开始日期正排，最早日期会有差别。"),
        "The project is scheduled from its finish; it is recomputed from its start, so early dates differ.",
    ),
    "no_status_date": (
        gettext_noop("文件没有状态日期，进行中的任务从实际完成的地方接着算。"),
        "The file has no status date; running tasks go on where their actual work ended.",
    ),
}
"""What was left out or assumed, in Chinese and in English, by code."""

WHATS = {
    "date": "日期",
    "number": "数",
    "duration": "工期",
    "time of day": "时刻",
    "link type": "逻辑关系类型",
    "rows": "数据行",
    "activities": "任务",
    "links": "逻辑关系",
    "calendars": "日历",
    "calendar exceptions": "日历例外",
    "days in one calendar exception": "一项日历例外的天数",
    "XML elements": "XML 元素",
    "XML elements in one record": "一条记录的 XML 元素",
    "activities (table TASK)": "任务（TASK 表）",
    "key for one of its activities (task_id)": "某项任务的编号（task_id）",
    "element Project at its root": "根元素 Project",
    "tasks": "任务",
    "data date": "数据日期",
    "start date": "开始日期",
    "Activity key": "任务编号",
    "Task UID": "任务 UID",
}
"""Chinese for what a file lacks, has too many of, or was to have in a place: the values of the part `what`."""

LONGEST_QUOTE = 60


class PlanFileError(ValueError):
    """A plan file that cannot be taken; nothing of it is used.

    `code` is a key of `REASONS` and stays the same over versions; `parts` are its parameters. `template` is the sentence in Chinese, to
    be translated and filled with the parts; the exception's own text is English.
    """

    def __init__(self, code: str, **parts: str | int) -> None:
        self.code = code
        self.parts = {name: shortened(part) for name, part in parts.items()}
        self.template = REASONS[code][0]
        super().__init__(REASONS[code][1] % self.parts)

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.code, self.parts)

    @property
    def words(self) -> str:
        """The sentence in Chinese."""
        what = str(self.parts.get("what", ""))
        return self.template % {**self.parts, "what": WHATS.get(what, what)}


class Note(str):
    """A remark on a file: its English sentence, with `code`, `parts` and the Chinese `template` of REMARKS."""

    code: str
    parts: dict[str, str | int]
    template: str

    @classmethod
    def of(cls, code: str, **parts: str | int) -> Note:
        kept = {name: shortened(part) for name, part in parts.items()}
        made = cls(REMARKS[code][1] % kept)
        made.code, made.parts, made.template = code, kept, REMARKS[code][0]
        return made

    @property
    def words(self) -> str:
        """The sentence in Chinese."""
        return self.template % self.parts


def _again(code: str, parts: dict[str, str | int]) -> PlanFileError:
    return PlanFileError(code, **parts)


def shortened(part: str | int) -> str | int:
    """A value from the file as it may be quoted: printable and short."""
    if isinstance(part, int):
        return part
    printable = "".join(letter if letter.isprintable() else "?" for letter in part)
    return printable if len(printable) <= LONGEST_QUOTE else printable[: LONGEST_QUOTE - 1] + "…"
