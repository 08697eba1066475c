"""A call for aid that carries the officer's own passkey, on a phone, from the first key to the proof."""

import os
import subprocess

import pytest

from tests.journeys.conftest import HANSA, PHONE, python
from tests.journeys.test_sign_in import WORDS, fresh, give_a_key

__all__ = ["fresh"]

WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def chief(fresh, visit):
    """The chief of staff on a phone that makes passkeys, just seated."""
    node, path = fresh
    page = visit(node, path, viewport=PHONE)
    give_a_key(page)
    page.get_by_label("Choose a user name").fill("chief")
    page.get_by_label("Choose a password").fill(WORDS)
    page.get_by_label("The password again").fill(WORDS)
    page.get_by_role("button", name="Take the office").click()
    page.wait_for_url("**/account/2fa/**")
    return page


def look(page, name):
    """No page is wider than the phone; with HANSA_LOOK a picture of it is kept there."""
    assert page.evaluate(WIDE) <= 0, name
    if folder := os.environ.get("HANSA_LOOK"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def enrol(page, label):
    page.goto("/officers/keys")
    look(page, "keys")
    page.get_by_role("link", name="Enrol a passkey").click()
    page.get_by_label("What do you call this key?").fill(label)
    look(page, "passkey")
    page.get_by_role("button", name="Make a passkey and enrol it").click()


def test_a_call_is_approved_by_passkey_and_anyone_can_check_it(chief, tmp_path):
    page = chief
    enrol(page, "My phone")
    page.wait_for_url("**/officers/keys")
    assert "In force" in page.locator("table").inner_text()
    look(page, "listed")
    page.goto("/call/new")
    page.get_by_label("Where?").fill("Downtown")
    page.get_by_label("What is happening, in one sentence?").fill("Troops came unasked.")
    if page.locator("select[name=trigger]").count():
        page.locator("select[name=trigger]").select_option(index=1)
    else:
        page.locator(".usa-radio__label").first.click()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Sign the call").click()
    text = page.locator(".hansa-shown").inner_text()
    assert "Chicago calls for aid: Troops came unasked." in text
    assert "Every officer of every member of the pact will be able to read this." in text
    look(page, "approve")
    page.get_by_role("button", name="Back: change it").click()
    page.get_by_role("button", name="Sign the call").click()
    page.get_by_role("button", name="Approve with your passkey").click()
    page.wait_for_url("**/call/us-il-chicago@*")
    position = page.url.rpartition("/")[2].partition("?")[0].replace("%40", "@")
    page.goto(f"/record/{position}")
    shown = page.locator("main").inner_text()
    assert "This node has just verified it" in shown
    assert "My phone" in shown
    assert "Chicago calls for aid: Troops came unasked." in shown
    look(page, "record")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the record with its proof").click()
    waiting.value.save_as(tmp_path / "call.zip")
    process = python(*HANSA, "verify", tmp_path / "call.zip", stdout=subprocess.PIPE)
    said, _errors = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "1 approvals by officers' own keys hold." in said
    assert "| Chicago calls for aid: Troops came unasked." in said


def test_a_second_key_needs_the_first_and_a_cancelled_one_loses_nothing(chief):
    page = chief
    enrol(page, "My phone")
    page.wait_for_url("**/officers/keys")
    page.get_by_role("link", name="Enrol an SSH key").click()
    page.get_by_label("What do you call this key?").fill("In the safe")
    line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPvDaSnoWoeMl4brTk7G4RSaBS/kGY4qydsqRxfEb+bE"
    page.get_by_label("Its public half").fill(line)
    page.get_by_role("button", name="Enrol the key").click()
    cancel = "Promise.reject(new DOMException('', 'NotAllowedError'))"
    page.evaluate(f"() => {{ navigator.credentials.get = () => {cancel} }}")
    page.get_by_role("button", name="Approve with your passkey").click()
    page.get_by_text("The passkey was not used").wait_for()
    look(page, "cancelled")
    page.get_by_role("button", name="Back: change it").click()
    assert page.get_by_label("What do you call this key?").input_value() == "In the safe"
    assert page.get_by_label("Its public half").input_value() == line
    page.get_by_role("button", name="Enrol the key").click()
    page.get_by_role("button", name="Approve with your passkey").click()
    page.wait_for_url("**/officers/keys")
    assert page.locator("tbody tr").count() == 2
