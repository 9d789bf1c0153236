"""The XML of Microsoft Project files, taken apart with care: no document type, no entities, limited in size and depth."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from zhuanban.engines.schedules.readers.errors import PlanFileError
from zhuanban.engines.schedules.readers.limits import MAX_BRANCH, MAX_DEPTH, MAX_ELEMENTS, MAX_ROOT_VALUES
from zhuanban.engines.schedules.readers.text import BYTE_ORDER_MARKS, decoded_as

_DECLARATION = re.compile(r"^\s*<\?xml\s[^>]*?\?>")
_ENCODING = re.compile(rb"^\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")


def unicode_xml(content: bytes) -> bytes:
    """The document in UTF-8 without declaration, whatever it was in; Expat itself knows no Chinese code page."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _plain(decoded_as(content[len(mark) :], encoding))
    if content[:4] in (b"<\0?\0", b"\0<\0?"):
        return _plain(decoded_as(content, "utf-16-le" if content[0] else "utf-16-be"))
    told = _ENCODING.match(content[:400])
    encoding = told[1].decode("ascii") if told else "utf-8"
    if encoding.lower() in ("gb2312", "gbk", "gb_2312-80"):
        encoding = "gb18030"
    return _plain(decoded_as(content, encoding))


def _plain(text: str) -> bytes:
    try:
        return _DECLARATION.sub("", text, count=1).lstrip().encode()
    except UnicodeEncodeError:
        raise PlanFileError("encoding", encoding="Unicode") from None


def tag(element: Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def branches(content: bytes, wanted: frozenset[str]) -> Iterator[tuple[str, Element]]:
    """The root and each whole wanted element as (name, element), in the order in which they end; each is emptied after use.

    Raises PlanFileError for XML that is broken, forbidden, too long or nested too deep.
    """
    source = io.BytesIO(unicode_xml(content))
    path: list[Element] = []
    count = inside = held = 0
    try:
        for event, element in ElementTree.iterparse(source, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                path.append(element)
                inside += tag(element) in wanted
                count, held = count + 1, held + 1 if inside else 0
                if len(path) > MAX_DEPTH:
                    raise PlanFileError("too_deep", limit=MAX_DEPTH)
                if count > MAX_ELEMENTS:
                    raise PlanFileError("too_many", limit=MAX_ELEMENTS, what="XML elements")
                if held > MAX_BRANCH:
                    raise PlanFileError("too_many", limit=MAX_BRANCH, what="XML elements in one record")
                continue
            path.pop()
            name = tag(element)
            inside -= name in wanted
            if name in wanted or not path:
                yield name, element
            if not inside and path:
                _forget(element, path)
    except DefusedXmlException:
        raise PlanFileError("forbidden_xml") from None
    except ParseError as problem:
        raise PlanFileError("not_xml", detail=str(problem)) from None
    except (ValueError, LookupError, OverflowError) as problem:
        if isinstance(problem, PlanFileError):
            raise
        raise PlanFileError("not_xml", detail=str(problem)) from None


def _forget(element: Element, path: list[Element]) -> None:
    """Drop what has been used, so that memory does not grow with the file; the root's own simple values are kept."""
    if len(path) == 1 and not len(element) and len(path[0]) < MAX_ROOT_VALUES:
        return
    element.clear()
    path[-1].remove(element)


def word(element: Element | None, name: str) -> str:
    """The text of the child of this name, or nothing."""
    if element is None:
        return ""
    for child in element:
        if tag(child) == name:
            return (child.text or "").strip()
    return ""


def values(element: Element) -> dict[str, str]:
    """The texts of the simple children by name; of several with one name the first."""
    found: dict[str, str] = {}
    for child in element:
        if not len(child):
            found.setdefault(tag(child), (child.text or "").strip())
    return found


def children(element: Element | None, *names: str) -> list[Element]:
    """The elements at the end of a path of names."""
    level = [element] if element is not None else []
    for name in names:
        level = [child for each in level for child in each if tag(child) == name]
    return level
