"""Reads a page as a browser with a strict content security policy does, and says what it would stumble over."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
HEADS = {"h1", "h2", "h3", "h4", "th", "button", "label", "summary", "legend", "title", "nav", "caption", "dt", "option"}
CONTROLS = {"input", "select", "textarea"}
UNLABELLED = {"hidden", "submit", "button"}


@dataclass
class Read:
    """A page as read: what is wrong with it, its links, and the texts of its frame by the element that holds them."""

    complaints: list[str] = field(default_factory=list)
    links: set[str] = field(default_factory=set)
    navigation: set[str] = field(default_factory=set)
    frame: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""
    nonces: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Read()
        self.open: list[tuple[str, dict]] = []
        self.ids: Counter[str] = Counter()
        self.labelled: set[str] = set()
        self.controls: list[dict] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self._check(tag, given)
        if "id" in given:
            self.ids[given["id"]] += 1
        if tag == "label":
            self.labelled.add(given.get("for", ""))
        if tag in CONTROLS and given.get("type", "") not in UNLABELLED:
            inside = any(open_tag == "label" for open_tag, _ in self.open)
            self.controls.append(given | {"_inside": "1" if inside else ""})
        if tag not in VOID:
            self.open.append((tag, given))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        for at in range(len(self.open) - 1, -1, -1):
            if self.open[at][0] == tag:
                del self.open[at:]
                return
        self.found.complaints.append(f"</{tag}> closes nothing")

    def handle_data(self, data):
        text = " ".join(data.split())
        if not text or any(tag in {"script", "style"} for tag, _ in self.open):
            return
        self.texts.append(text)
        if any("lang" in given for tag, given in self.open if tag != "html"):
            return
        holder = next((tag for tag, _ in reversed(self.open) if tag in HEADS), "")
        if holder:
            self.found.frame.append((holder, text))

    def _check(self, tag, given):
        say = self.found.complaints.append
        if "style" in given:
            say(f"<{tag} style=…>")
        if inline := [name for name in given if name.startswith("on") and name[2:].isalpha()]:
            say(f"<{tag} {inline[0]}=…>")
        if any(name.startswith(("hx-on", "x-on", "@")) for name in given):
            say(f"<{tag}> with an inline handler of a library")
        if tag == "style":
            say("<style> in a page")
        if tag == "script":
            if not given.get("nonce") and given.get("type") != "application/json":
                say("<script> without a nonce")
            self.found.nonces.add(given.get("nonce", ""))
        if tag in {"iframe", "object", "embed", "base"}:
            say(f"<{tag}> in a page")
        for name in ("src", "href", "action", "srcset", "poster", "formaction", "xlink:href", "hx-get", "hx-post"):
            if name in given:
                self._address(tag, name, given[name])

    def _address(self, tag, name, address):
        if re.match(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", address, re.IGNORECASE):
            self.found.complaints.append(f"<{tag} {name}={address}> leads to another host")
        if re.match(r"\s*javascript:", address, re.IGNORECASE):
            self.found.complaints.append(f"<{tag} {name}={address[:40]}> is a script")
        if name == "href" and tag == "a":
            self.found.links.add(address)
            if any(open_tag == "nav" for open_tag, _ in self.open) and address.startswith("/"):
                self.found.navigation.add(address)


def read(page: str) -> Read:
    """Read a page or a part of one."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    found = reader.found
    found.text = " ".join(reader.texts)
    found.complaints += [f'id="{name}" {count} times' for name, count in reader.ids.items() if count > 1]
    for control in reader.controls:
        named = control["_inside"] or control.get("aria-label") or control.get("aria-labelledby") or control.get("id") in reader.labelled
        if not named:
            found.complaints.append(f"a control without a label: {control.get('name') or control.get('id') or control}")
    return found
