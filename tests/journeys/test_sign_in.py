"""From the link that `hansa init` prints to an account that a password alone does not open."""

import re
import subprocess

import pytest

from tests.journeys.conftest import HANSA, PHONE, python, serve

WORDS = "four unrelated words here"


@pytest.fixture
def fresh(tmp_path):
    """A real home with one member and no account, served; and the invitation to its first office."""
    home = tmp_path / "home"
    asked = ["--name", "Chicago", "--type", "city", "--state", "IL", "--seat", "", "--zone", "America/Chicago", "--office", "Chief of staff"]  # fmt: skip
    process = python(*HANSA, "--home", home, "init", *asked, "--found", stdout=subprocess.PIPE)
    said, _errors = process.communicate(timeout=120)
    (path,) = re.findall(r"/invite/\S+", said)
    for node in serve(home):
        yield node, path


def give_a_key(page):
    """Let the browser have a key of its own, as a phone does (WebAuthn, virtual authenticator)."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": made})


def test_the_invited_takes_the_office_adds_a_passkey_and_comes_back_with_it(fresh, visit):
    node, path = fresh
    page = visit(node, path, viewport=PHONE)
    give_a_key(page)
    page.get_by_label("Choose a user name").fill("chief")
    page.get_by_label("Choose a password").fill(WORDS)
    page.get_by_label("The password again").fill(WORDS)
    page.get_by_role("button", name="Take the office").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add the passkey").click()
    page.wait_for_url("**/recovery-codes/")
    assert page.locator(".hansa-codes li").count() == 10
    page.locator("summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/history")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{node.address}/history")
    assert "Chief of staff" in page.locator(".hansa-who").inner_text()
    page.context.clear_cookies()
    page.goto("/account/login/")
    page.get_by_label("Username").fill("chief")
    page.get_by_label("Password").fill(WORDS)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/account/2fa/authenticate/**")
    page.goto("/history")
    assert page.url.endswith("/account/2fa/authenticate/"), "half signed in is not signed in"
