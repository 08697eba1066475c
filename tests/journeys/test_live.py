"""A page that is open shows what others do, also what they do while it is loading or fetching itself."""

from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import DUTY, PATIENCE, Node, Visit, sit
from tests.journeys.test_pledge import GIVER, NEED, NEEDER, main, to_need


def pledge(page: Page, much: int) -> None:
    page.get_by_role("link", name="Pledge toward this").click()
    page.get_by_label("How much can you give?").fill(str(much))
    page.get_by_role("button", name="Pledge", exact=True).click()


def await_one(page: Page, held: list[Any]) -> None:
    """Wait until the page has asked for something that is held."""
    for _turn in range(PATIENCE // 20):
        if held:
            return
        page.wait_for_timeout(20)
    raise AssertionError("the page asked for nothing")


def test_no_change_is_lost_while_a_page_loads_or_fetches_itself(node: Node, visit: Visit) -> None:
    giver, needer = visit(node), visit(node)
    sit(giver, GIVER, DUTY)
    sit(needer, NEEDER, DUTY)
    to_need(giver, NEED)
    streams: list[Route] = []
    fetches: list[tuple[Route, Any]] = []

    def keep(route: Route) -> None:
        streams.append(route)

    def hold(route: Route) -> None:
        """Answer the page's own fetches as they were asked, but only when the test lets them."""
        if "hx-request" in route.request.headers:
            fetches.append((route, route.fetch()))
        else:
            route.continue_()

    needer.route("**/live*", keep)
    needer.route("**/need/*", hold)
    to_need(needer, NEED)
    needer.evaluate("heard = 0; document.addEventListener('sse:changed', () => heard++)")

    # Said after the page was made and before its stream began.
    pledge(giver, 25)
    expect(main(giver)).to_contain_text("Still open: 35 pieces.")
    expect(main(needer)).to_contain_text("Still open: 60 pieces.")
    await_one(needer, streams)
    streams.pop().continue_()
    await_one(needer, fetches)

    # Said after the page was fetched again and before the answer came.
    pledge(giver, 10)
    expect(main(giver)).to_contain_text("Still open: 25 pieces.")
    needer.wait_for_function("heard > 1")
    route, answer = fetches.pop()
    route.fulfill(response=answer)
    expect(main(needer)).to_contain_text("Still open: 35 pieces.")
    await_one(needer, fetches)
    route, answer = fetches.pop()
    route.fulfill(response=answer)
    expect(main(needer)).to_contain_text("Still open: 25 pieces.")

    # Where the part may not be seen any more, the page says what happened, and is not emptied.
    gone = "<!DOCTYPE html><title>Sign in</title><main><h1>Sign in</h1></main>"
    needer.unroute("**/need/*")
    needer.route("**/need/*", lambda route: route.fulfill(body=gone, content_type="text/html"))
    pledge(giver, 5)
    expect(needer.get_by_role("heading", level=1)).to_have_text("Sign in")
