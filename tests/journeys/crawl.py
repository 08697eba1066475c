"""Walks all pages that one reader can reach, and looks at each as a phone, a desk and axe-core see it."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.journeys.conftest import DESK, PHONE, ROOT

AXE = ROOT / "build" / "assets" / "axe" / "axe.min.js"
"""axe-core, which `make setup` puts there."""

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PRACTICES = [
    "landmark-banner-is-top-level", "landmark-complementary-is-top-level", "landmark-contentinfo-is-top-level",
    "landmark-main-is-top-level", "landmark-no-duplicate-banner", "landmark-no-duplicate-contentinfo",
    "landmark-no-duplicate-main", "landmark-one-main", "landmark-unique", "region", "heading-order",
    "page-has-heading-one", "empty-heading", "skip-link", "tabindex", "scope-attr-valid", "empty-table-header",
]  # fmt: skip
"""The best practices of axe about landmarks, headings and tables."""

ASK_AXE = """async ([tags, practices]) => {
  const on = Object.fromEntries(practices.map(id => [id, {enabled: true}]));
  const found = await axe.run(document, {
    runOnly: {type: 'tag', values: tags}, rules: on, resultTypes: ['violations'], preload: false, elementRef: false,
  });
  return found.violations.map(v => v.id + ': ' + v.help + '\\n      ' +
    v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' | ' + (n.any[0] || n.all[0] || n.none[0] || {message: ''}).message).join('\\n      '));
}"""

FACTS = """() => ({
  title: document.title, h1: document.querySelectorAll('h1').length, lang: document.documentElement.lang,
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  out: [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 &&
    e.getBoundingClientRect().width > 1).slice(0, 3).map(e => e.outerHTML.slice(0, 120)),
  links: [...document.querySelectorAll('a[href]')].map(a => new URL(a.getAttribute('href'), location).href),
  sorts: [...new Set([...document.querySelectorAll('main *')].map(e => {
    const sorts = [];
    for (let up = e; up.localName !== 'main'; up = up.parentElement) sorts.push(up.localName + '.' + (up.getAttribute('class') || ''));
    return sorts.join(' < ');
  }))],
  times: [...document.querySelectorAll('time')].map(t => [t.getAttribute('datetime'), t.textContent.trim()]),
})"""

ZONED = re.compile(r"([A-Z]{2,5}|[+-]\d\d(:?\d\d)?)\)?$")
"""What a time on a page ends with: the letters of its zone, or its offset."""

EXACT = re.compile(r"[+-]\d\d:\d\d$|^\d{4}-\d\d-\d\d$")
"""A moment with its offset, or a day, whose zone the words tell."""

TWICE = 2
"""So many pages of one pattern does a visitor see; one with a query, and an officer, sees one."""


def pattern(path: str, query: str) -> str:
    """Return an address with its keys taken out: addresses of one pattern show one sort of page."""
    shape = re.sub(r"[a-z0-9-]+@\d+|[0-9a-f]{64}|/member/[a-z0-9-]+|/\d+(?=/|$)", "*", path)
    return f"{shape}?csv" if "format=csv" in query else f"{shape}?" if query else shape


Seen = dict[str, set[str]]
"""For each pattern of addresses, the sorts of elements that axe has judged in the main part of its pages, each named with
all that it stands in. A page that brings nothing new is not judged again: it costs a second, and axe would see the same.
What stands around the main part is the same on all pages of one reader, and judged on the first."""


@dataclass
class Reader:
    """One who reads: which pages there are for them, and what is wrong with these."""

    page: Page
    home: str
    seen: Seen
    often: int = 1
    wrong: list[str] = field(default_factory=list)
    visited: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def walk(self, *starts: str) -> None:
        """Look at every page that can be reached from these, each pattern of addresses once or twice."""
        waiting, known, tried = list(starts), set(starts), Counter[str]()
        while waiting:
            url = waiting.pop(0)
            there = urlsplit(url)
            shape = pattern(there.path, there.query)
            if tried[shape] >= (1 if there.query else self.often):
                continue
            tried[shape] += 1
            if not self._is_page(there.path, there.query):
                self.others.append(url)
                continue
            for link in self._look(url):
                to = urlsplit(link)
                plain = to.path + (f"?{to.query}" if to.query else "")
                if to.netloc == urlsplit(self.home).netloc and plain not in known:
                    known.add(plain)
                    waiting.append(plain)

    def _is_page(self, path: str, query: str) -> bool:
        return not (
            "format=csv" in query or path.endswith((".zip", ".json", ".pdf", ".csv", ".xlsx", "/cap", "/edxl")) or path.startswith(("/file/", "/feed/", "/api/", "/live", "/static/", "/account/2fa/recovery-codes/download"))
        )  # fmt: skip

    def _look(self, url: str) -> list[str]:
        page = self.page
        page.set_viewport_size(PHONE)
        answer = page.goto(url, wait_until="load")
        self.visited.append(url)
        if answer is None or answer.status >= 400:
            self._note(url, f"answered {answer and answer.status}")
            return []
        seen: dict[str, Any] = page.evaluate(FACTS)
        if seen["h1"] != 1 or not seen["title"].strip(" –").removesuffix("Hansa").strip(" –"):
            self._note(url, f"{seen['h1']} h1, title {seen['title']!r}")
        if seen["wide"] > 0:
            self._note(url, f"scrolls {seen['wide']} px sideways at 360 px: {seen['out']}")
        for moment, words in seen["times"]:
            if not moment or not EXACT.search(moment) or not ZONED.search(words):
                self._note(url, f"a time without its zone: {words!r} ({moment})")
        judged = self.seen.setdefault(pattern(urlsplit(url).path, ""), set())
        if len(self.visited) == 1 or not judged.issuperset(seen["sorts"]):
            judged.update(seen["sorts"])
            self._judge(url)
        links: list[str] = seen["links"]
        return links

    def _judge(self, url: str) -> None:
        """Let axe judge the page that is open, at both widths."""
        self.page.evaluate(AXE.read_text("utf-8"))
        self._ask_axe(url, PHONE["width"])
        self.page.set_viewport_size(DESK)
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            self._note(url, f"scrolls {wide} px sideways at a desk")
        self._ask_axe(url, DESK["width"])

    def _ask_axe(self, url: str, width: int) -> None:
        for one in self.page.evaluate(ASK_AXE, [RULES, PRACTICES]):
            self._note(url, f"axe at {width} px: {one}")

    def _note(self, url: str, what: str) -> None:
        self.wrong.append(f"{url}: {what}")
