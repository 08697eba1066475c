"""With less than a usual browser: no scripts, no mouse, another language, a slow line, paper."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DUTY, PHONE, Node, Visit, sit

PAGES = ["/", "/calls", "/call/us-ca-los-angeles@22", "/needs", "/need/us-ca-los-angeles@27", "/members", "/member/us-il-chicago", "/ledger", "/history", "/record/us-ca-los-angeles@22", "/search?q=water", "/map", "/facts", "/charter", "/catalogue", "/custody", "/chair", "/call/us-ca-los-angeles@22/sheet"]  # fmt: skip
KB = 1000


def words(page: Page) -> str:
    """Return what the page says, without how long ago things were."""
    return re.sub(r"\d+ (min|h|days?)\b", "", page.get_by_role("main").inner_text())


def test_every_page_says_the_same_without_scripts(rich: Node, visit: Visit) -> None:
    plain, usual = visit(rich, java_script_enabled=False), visit(rich)
    for path in PAGES:
        plain.goto(path)
        usual.goto(path)
        assert len(words(plain)) > 100, path
        assert words(plain) == words(usual), path


def test_a_pledge_is_made_without_scripts(node: Node, visit: Visit) -> None:
    page = visit(node, java_script_enabled=False, viewport=PHONE)
    sit(page, "Minneapolis", DUTY)
    page.get_by_role("link", name=re.compile("Pledge ?: Supplies and people")).click()
    page.get_by_role("link", name="Pledge Mobile phones").click()
    page.get_by_label("How much can you give?").fill("ten")
    page.get_by_role("button", name="Pledge", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Give a whole number")
    expect(page.get_by_label("How much can you give?")).to_have_value("ten")
    page.get_by_label("How much can you give?").fill("10")
    page.get_by_role("button", name="Pledge", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("Still open: 50 pieces.")
    expect(page.get_by_role("article").filter(has_text="Minneapolis")).to_contain_text("10 pieces")


ACTIVE = """() => {
  const e = document.activeElement, s = getComputedStyle(e), box = e.getBoundingClientRect();
  return {what: e.localName, name: e.name || '', text: (e.innerText || '').trim(), href: e.getAttribute('href') || '',
    shown: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none',
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.left >= 0};
}"""


def tab_to(page: Page, wanted: Any, most: int = 120) -> list[dict[str, Any]]:
    """Press Tab until what is wanted has the focus; return all that had it on the way, which one could always see."""
    passed = []
    for _press in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate(ACTIVE)
        if here["what"] == "body":
            continue
        passed.append(here)
        assert here["shown"], f"the focus cannot be seen on {here}"
        assert here["seen"], f"the focus is off the screen on {here}"
        if wanted(here):
            return passed
    raise AssertionError(f"Tab never came there, only to {passed}")


def test_a_pledge_is_made_by_keyboard_alone(node: Node, visit: Visit) -> None:
    page = visit(node, reduced_motion="reduce")
    sit(page, "Minneapolis", DUTY)
    page.goto("/")
    first = tab_to(page, bool)
    assert first[0]["href"] == "#main", "the first thing that Tab reaches leads past the menus"
    passed = tab_to(page, lambda here: here["text"] == "Needs")
    assert {"select", "button", "summary"} <= {one["what"] for one in passed}
    page.keyboard.press("Enter")
    page.wait_for_url("**/needs")
    tab_to(page, lambda here: here["href"] == "#main")
    page.keyboard.press("Enter")
    passed = tab_to(page, lambda here: here["text"] == "Mobile phones")
    assert "Home" not in {one["text"] for one in passed}, "the skip link leads past the menus"
    page.keyboard.press("Enter")
    page.wait_for_url("**/need/*")
    tab_to(page, lambda here: here["text"] == "Pledge toward this")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pledge")
    tab_to(page, lambda here: here["name"] == "quantity")
    page.keyboard.press("Control+A")
    page.keyboard.type("7")
    passed = tab_to(page, lambda here: here["what"] == "button" and here["text"] == "Pledge")
    assert [one["name"] for one in passed[-2:]] == ["terms", ""]
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/need/[^/]+$"))
    expect(page.get_by_role("article").filter(has_text="Minneapolis")).to_contain_text("7 pieces")


def test_the_menu_of_an_office_opens_and_closes_by_keyboard(rich: Node, visit: Visit) -> None:
    page = visit(rich, reduced_motion="reduce")
    sit(page, "Seattle", DUTY)
    page.goto("/calls")
    tab_to(page, lambda here: here["what"] == "summary")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Our stock")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Our stock")).to_be_hidden()
    assert page.evaluate("document.activeElement.localName") == "summary"


def test_a_reader_changes_the_language(rich: Node, visit: Visit) -> None:
    page = visit(rich, "/needs")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    assert page.url.endswith("/needs"), "one stays on the page"
    for path in ("/", "/calls", "/ledger", "/chair"):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", "es")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_browser_that_asks_for_spanish_gets_it(rich: Node, visit: Visit) -> None:
    expect(visit(rich, locale="es-MX").locator("html")).to_have_attribute("lang", "es")


def carried(page: Page, path: str) -> int:
    """Load a page and return how many bytes came over the line for it, heads included."""
    tools = page.context.new_cdp_session(page)
    tools.send("Network.enable")
    lengths: list[float] = []
    tools.on("Network.loadingFinished", lambda event: lengths.append(event["encodedDataLength"]))
    page.goto(path, wait_until="load")
    page.wait_for_timeout(300)
    tools.detach()
    return int(sum(lengths))


@pytest.mark.parametrize("office", ["", DUTY])
def test_home_is_light(rich: Node, visit: Visit, office: str) -> None:
    page = visit(rich, "/account/login/" if not office else "/")
    if office:
        sit(page, "Seattle", office)
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    first = carried(page, "/")
    second = carried(page, "/")
    assert 20 * KB < first < 150 * KB, first
    assert 0 < second < 30 * KB, second


def test_the_situation_sheet_prints(rich: Node, visit: Visit) -> None:
    page = visit(rich, "/call/us-ca-los-angeles@22/sheet")
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="Letter")))
    assert 1 <= sheets <= 2
    page.emulate_media(media="print")
    text = page.locator("body").inner_text()
    for told in ("Situation sheet", "Los Angeles", "Legal support", "Answers", "What is known"):
        assert told in text, text
    for not_told in ("Ledger", "Back to the call", "Sit down", "Español", "Skip to"):
        assert not_told not in text, text
    expect(page.get_by_role("navigation")).to_have_count(0)
