"""Official documents (公文) on A4 as Word and PDF, in the form of GB/T 9704-2012: minutes, bulletins, letters.

The form: top 37 mm, left 28 mm, type area 156 x 225 mm, 22 lines of 28 characters; the title in 小标宋 二号, the text in 仿宋 三号,
`一、` in 黑体, `（一）` in 楷体, page numbers 四号 between dashes. Word files name the official fonts and what may stand in for them;
the PDF is set in the fonts that come with the house, so that it looks the same on every machine.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as WordFile
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from zhuanban.kernel.dates import format_date
from zhuanban.kernel.masks import strip_forbidden

TEMPLATE = Path(__file__).with_name("official.typ")
TITLE, BODY, BLACK, KAI = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"
STAND_INS = {TITLE: "宋体", BODY: "仿宋", BLACK: "SimHei", KAI: "楷体"}
"""Official font -> the font that a machine without it takes (the `altName` of the file's font table)."""
RED = RGBColor(0xD7, 0x00, 0x0F)
LINE = Pt(28.95)
"""22 lines in 225 mm."""
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"


@dataclass(frozen=True)
class Block:
    """A part of the text. `kind`: `h1` (一、), `h2` (（一）), `text`, `note` (small print) or `table`; `widths` are shares of the line."""

    kind: str
    text: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    widths: tuple[float, ...] = ()


@dataclass(frozen=True)
class Document:
    """What is printed. `head` is the red head of an issued document (empty: none, as on drafts), `number` its number, `under` a line
    under the title, `foot` the imprint at the end (who receives it)."""

    title: str
    blocks: tuple[Block, ...]
    head: str = ""
    number: str = ""
    under: str = ""
    issuer: str = ""
    signer: str = ""
    dated: date | None = None
    foot: str = ""


# PDF -----------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _fonts() -> tuple[list[Path], dict[str, str]]:
    """Where the house's Chinese fonts are, and what the template calls them. Raises RuntimeError where they are missing."""
    import pylopdf_fonts_zh_cn as fonts

    places = {Path(path()).parent for path in (fonts.serif_path, fonts.sans_path)}
    return sorted(places), {"serif": "Noto Serif SC", "sans": "Noto Sans SC"}


def pdf(document: Document) -> bytes:
    """The document as PDF. The same document gives the same bytes. 0.2-0.4 s, mostly for reading the fonts."""
    import typst

    places, names = _fonts()
    told = asdict(document) | {"fonts": names, "dated": format_date(document.dated) if document.dated else ""}
    day = document.dated or date(2022, 1, 1)
    made = typst.compile(
        TEMPLATE,
        font_paths=places,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"document": json.dumps(_clean(told), ensure_ascii=False)},
        timestamp=int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()),
    )
    return bytes(made)


def _clean(value: Any) -> Any:
    """The words without characters that a document cannot hold."""
    if isinstance(value, str):
        return strip_forbidden(value)
    if isinstance(value, dict):
        return {key: _clean(each) for key, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list | tuple) else value


# Word ----------------------------------------------------------------------------------------------------------------


def word(document: Document) -> bytes:
    """The document as a Word file (.docx)."""
    file = docx.Document()
    _lay_out(file)
    _name_fonts(file)
    if document.head:
        _head(file, document)
    _line(file, document.title, TITLE, 22, align=WD_ALIGN_PARAGRAPH.CENTER)
    if document.under:
        _line(file, document.under, KAI, 14, align=WD_ALIGN_PARAGRAPH.CENTER)
    _line(file, "", BODY, 16)
    for block in document.blocks:
        _block(file, block)
    _end(file, document)
    core = file.core_properties
    core.title, core.author = strip_forbidden(document.title), strip_forbidden(document.issuer)
    day = document.dated or date(2022, 1, 1)
    core.created = core.modified = datetime(day.year, day.month, day.day)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def _lay_out(file: WordFile) -> None:
    """The page, its grid of 22 lines, and page numbers on the outer side."""
    page = file.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    page.footer_distance = Mm(25)
    for old in page._sectPr.findall(qn("w:docGrid")):
        page._sectPr.remove(old)
    page._sectPr.append(_element("w:docGrid", {"w:type": "linesAndChars", "w:linePitch": "579", "w:charSpace": "-849"}))
    file.settings.odd_and_even_pages_header_footer = True
    _page_number(page.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(page.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)


def _page_number(paragraph: Paragraph, align: WD_ALIGN_PARAGRAPH) -> None:
    paragraph.alignment = align
    _run(paragraph, "　— ", BODY, 14)
    run = _run(paragraph, "", BODY, 14)
    for kind in ("begin", "PAGE", "end"):
        if kind == "PAGE":
            code = _element("w:instrText", {"xml:space": "preserve"})
            code.text = "PAGE"
            run._r.append(code)
        else:
            run._r.append(_element("w:fldChar", {"w:fldCharType": kind}))
    _run(paragraph, " —　", BODY, 14)


def _name_fonts(file: WordFile) -> None:
    """Fonts are named, not embedded: the file's font table says what may stand in for each."""
    table = next((part for part in file.part.package.iter_parts() if str(part.partname) == "/word/fontTable.xml"), None)
    if table is None:
        return
    named = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>' for name, other in STAND_INS.items()
    )
    table._blob = table.blob.replace(b"</w:fonts>", named.encode() + b"</w:fonts>")


def _head(file: WordFile, document: Document) -> None:
    """The red head, the number, and the red rule: only on issued documents."""
    _line(file, document.head, TITLE, 30, align=WD_ALIGN_PARAGRAPH.CENTER, exact=False).runs[0].font.color.rgb = RED
    under = _line(file, document.number, BODY, 16, align=WD_ALIGN_PARAGRAPH.CENTER)
    borders = _element("w:pBdr", {})
    borders.append(_element("w:bottom", {"w:val": "single", "w:sz": "12", "w:space": "4", "w:color": "D7000F"}))
    under._p.get_or_add_pPr().insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
    _line(file, "", BODY, 16)


def _block(file: WordFile, block: Block) -> None:
    if block.kind == "table":
        _table(file, block)
    elif block.kind == "note":
        _line(file, block.text, BODY, 12, indent=True)
    else:
        _line(file, block.text, {"h1": BLACK, "h2": KAI}.get(block.kind, BODY), 16, indent=True)


def _table(file: WordFile, block: Block) -> None:
    table = file.add_table(rows=1 + len(block.rows), cols=len(block.head))
    table.style = "Table Grid"
    for at, cells in enumerate((block.head, *block.rows)):
        for cell, text in zip(table.rows[at].cells, cells, strict=True):
            _run(cell.paragraphs[0], text, BLACK if at == 0 else BODY, 10.5)
    if block.widths:
        for share, column in zip(block.widths, table.columns, strict=True):
            for cell in column.cells:
                cell.width = Mm(156 * share / sum(block.widths))


def _end(file: WordFile, document: Document) -> None:
    if document.signer or document.dated:
        _line(file, "", BODY, 16)
        _line(file, f"{document.signer}　　", BODY, 16, align=WD_ALIGN_PARAGRAPH.RIGHT)
        _line(file, f"{format_date(document.dated) if document.dated else ''}　　　　", BODY, 16, align=WD_ALIGN_PARAGRAPH.RIGHT)
    if document.foot:
        _line(file, "", BODY, 16)
        _line(file, document.foot, BODY, 12)


def _line(
    file: WordFile, text: str, font: str, size: float, *, align: WD_ALIGN_PARAGRAPH | None = None, indent: bool = False, exact: bool = True
) -> Paragraph:
    """A paragraph on the grid; `indent` sets its first line in by two characters."""
    paragraph = file.add_paragraph()
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    if exact:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    if align is not None:
        paragraph.alignment = align
    if indent:
        first = _element("w:ind", {"w:firstLineChars": "200", "w:firstLine": str(round(size * 40))})
        paragraph._p.get_or_add_pPr().insert_element_before(first, "w:jc", "w:rPr")
    _run(paragraph, text, font, size)
    return paragraph


def _run(paragraph: Paragraph, text: str, font: str, size: float) -> Run:
    run = paragraph.add_run(strip_forbidden(text))
    run.font.name, run.font.size = font, Pt(size)
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return run


def _element(name: str, attributes: dict[str, str]) -> Any:
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(key), value)
    return made
