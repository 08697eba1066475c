"""A real, empty node: from `hansa init` to a pact of two, with the ways to sign in that a real node has."""

import base64
import hashlib
import hmac
import re
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import HANSA, Visit, await_line, python, stop

PASSWORD = "four-unrelated-words-do"
CHICAGO = ("--name", "Chicago", "--type", "city", "--state", "IL", "--seat", "41.88, -87.63", "--zone", "America/Chicago", "--office", "Chief of staff")  # fmt: skip
ILLINOIS = ("--name", "Illinois", "--type", "state", "--state", "IL", "--seat", "39.8, -89.65", "--zone", "America/Chicago", "--office", "Chief of staff")  # fmt: skip


class Host:
    """The person at the machine, who types `hansa`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://localhost:{self.port}"

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return python(
            *HANSA, "--home", self.folder, *arguments,
            env={"HANSA_PORT": str(self.port)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def type(self, *arguments: str) -> str:
        process = self.start(*arguments)
        out, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        return out


def link_in(text: str) -> str:
    found = re.search(r"https?://\S+/invite/\S+", text)
    assert found, text
    return found[0]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / "home")


@pytest.fixture
def link(host: Host) -> Iterator[str]:
    """The invitation link of Chicago's first office, on a node that is being served."""
    shown = link_in(host.type("init", *CHICAGO))
    process = host.start("serve")
    try:
        await_line(process, "Serving ")
        yield shown
    finally:
        errors = stop(process)
    assert "Traceback" not in errors, errors


def totp(secret: str) -> str:
    """Return the six digits of RFC 6238 for this moment."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def give_code(page: Page, secret: str, button: str) -> None:
    """Type the code; once more if its half minute ended in between."""
    for _try in range(2):
        page.get_by_label(re.compile("code", re.IGNORECASE)).first.fill(totp(secret))
        page.get_by_role("main").get_by_role("button", name=button).click()
        page.wait_for_load_state()
        if page.locator("#form-errors").count() == 0:
            return


def take_office(page: Page, link: str, name: str) -> None:
    page.goto(link)
    page.get_by_label("Choose a user name").fill(name)
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_label("The password again").fill(PASSWORD)
    page.get_by_role("button", name="Take the office").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My sign-in")
    expect(page.get_by_role("main")).to_contain_text("A password alone is not enough")


def sign_out(page: Page) -> None:
    page.goto("/")
    page.locator(".hansa-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()


def sign_in(page: Page, name: str) -> None:
    page.goto("/account/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_an_office_is_taken_and_signs_in_with_password_and_code(
    host: Host, link: str, visit: Visit
) -> None:
    page = visit(host.address)
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()
    take_office(page, link, "chief-of-chicago")
    page.get_by_role("link", name="Add an authenticator app").click()
    secret = page.get_by_label("Authenticator secret").input_value()
    give_code(page, secret, "Activate")
    page.goto("/account/2fa/")
    expect(page.get_by_role("main")).to_contain_text("signing in asks for its six digits")
    sign_out(page)

    sign_in(page, "chief-of-chicago")
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()
    give_code(page, secret, "Sign In")
    expect(page.locator(".hansa-who")).to_contain_text("Chicago")
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("button", name="Take the office")).to_have_count(0)


def test_a_pact_is_founded_a_second_member_joins_and_an_office_is_appointed(
    host: Host, link: str, visit: Visit
) -> None:
    chicago, illinois = visit(host.address), visit(host.address)
    take_office(chicago, link, "chief-of-chicago")
    assert "Founded the pact" in host.type("found", "--as", "us-il-chicago/chief-of-staff", "--name", "Pact of the lake")  # fmt: skip
    second = link_in(host.type("init", *ILLINOIS))

    chicago.goto("/members")
    chicago.get_by_role("link", name="Invite a government").click()
    chicago.get_by_text("Illinois", exact=True).last.click()
    chicago.get_by_role("button", name="Sign the invitation").click()
    expect(chicago.get_by_role("main")).to_contain_text("It has not signed the charter yet.")

    take_office(illinois, second, "chief-of-illinois")
    illinois.goto("/members")
    illinois.get_by_role("link", name="Join the pact").click()
    expect(illinois.get_by_role("main")).to_contain_text("You join Pact of the lake")
    illinois.get_by_role("button", name="Sign: we join").click()
    expect(illinois.get_by_role("heading", level=1)).to_contain_text("Illinois")
    chicago.goto("/members")
    rows = chicago.get_by_role("table").locator("tbody tr")
    for name in ("Chicago", "Illinois"):
        expect(rows.filter(has=chicago.get_by_role("link", name=name))).to_contain_text("Member")

    chicago.goto("/officers")
    chicago.get_by_role("link", name="Appoint an office").click()
    chicago.get_by_label("Which office?").fill("Duty officer")
    chicago.get_by_label("A short name for it").fill("duty-officer")
    chicago.get_by_text("Answers calls", exact=True).click()
    chicago.get_by_role("button", name="Sign the appointment").click()
    row = chicago.get_by_role("row").filter(has_text="duty-officer")
    expect(row).to_contain_text("Answers calls")
    row.get_by_role("button", name=re.compile("Make invitation link")).click()
    third = chicago.get_by_label("Link").input_value()

    duty = visit(host.address)
    take_office(duty, third, "duty-officer")
    duty.goto("/")
    expect(duty.locator(".hansa-who")).to_contain_text("Duty officer")
    duty.goto("/officers/new")
    expect(duty.get_by_role("main")).to_contain_text("Your office may not do this.")
