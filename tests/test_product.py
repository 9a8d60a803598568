"""The whole product as it runs: the tour of a REST client, and people in a browser."""

import json
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dev.processes import free_port, wait_until
from dev.tests.running import Run, copied_checkout
from tests.browser import SECONDS, browser_page

pytestmark = pytest.mark.early
PASSWORD = "correct-horse-battery"
CODE = re.compile(r"^[A-Z]{4}-[A-Z]{4}$", re.MULTILINE)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of a product that was started by one command."""
    with copied_checkout() as checkout:
        run = Run(checkout, free_port())
        run.wait_until_ready()
        yield run.site
        run.process.terminate()
        run.wait_for_end()


@pytest.fixture
def page(site: str) -> Iterator[Page]:
    with browser_page(site) as page:
        yield page


def test_tour_meets_no_surprise(site: str) -> None:
    tour = subprocess.run(
        [sys.executable, "-m", "dev.tour", site],
        capture_output=True,
        text=True,
        check=False,
    )

    assert tour.returncode == 0, tour.stdout[-3000:] + tour.stderr
    assert "The tour is complete" in tour.stdout


def test_tour_is_told_when_nobody_answers() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"

    tour = subprocess.run(
        [sys.executable, "-m", "dev.tour", nowhere],
        capture_output=True,
        text=True,
        check=False,
    )

    assert tour.returncode == 1
    assert "did not answer" in tour.stderr


def test_person_signs_up_pays_and_cancels_in_a_browser(site: str, page: Page) -> None:
    email = "browser@example.com"
    page.goto(f"{site}/accounts/signup/")
    page.fill("input[name=email]", email)
    page.fill("input[name=password1]", PASSWORD)
    page.click("main button[type=submit]")
    page.fill("input[name=code]", code_for(site, email))
    page.click("main button[type=submit]")
    expect(page.get_by_text("Sign out")).to_be_visible()

    # One state for both: the API knows the address as verified.
    assert api(site, "auth/login", {"email": email, "password": PASSWORD})["access"]

    page.goto(f"{site}/accounts/billing/")
    page.get_by_role("button", name="Subscribe for 9.00 USD").click()
    pay(page, "4000 0000 0000 0002")
    expect(page.get_by_role("alert")).to_contain_text("declined")
    pay(page, "4242 4242 4242 4242")
    expect(page.get_by_text("You are on Starter now")).to_be_visible()
    expect(page.get_by_role("cell", name="9.00 USD", exact=True)).to_be_visible()

    page.get_by_role("button", name="Cards, invoices and cancellation").click()
    page.get_by_role("link", name="Cancel plan").click()
    page.get_by_role("button", name="Cancel plan").click()
    expect(page.get_by_text("Your plan ends on")).to_be_visible()
    page.get_by_role("link", name="Return").click()
    assert wait_until(lambda: "is not renewed" in again(page), SECONDS)


def test_staff_toggles_a_flag_and_the_api_follows(site: str, page: Page) -> None:
    demo = {"email": "demo@example.com", "password": "demo-password-1"}
    access = api(site, "auth/login", demo)["access"]

    def is_on() -> bool:
        return api(site, "feature_flags/new_dashboard", access=access)["is_enabled"]

    assert not is_on()
    page.goto(f"{site}/admin/")
    page.fill("input[name=login]", "staff@example.com")
    page.fill("input[name=password]", "staff-password-1")
    page.click("main button[type=submit]")
    page.goto(f"{site}/admin/flags/featureflag/?scope__exact=global&q=new_dashboard")
    switch = "Switch new_dashboard {} for everybody"
    page.get_by_role("button", name=switch.format("on")).click()
    expect(page.get_by_role("button", name=switch.format("off"))).to_be_visible()
    assert is_on()
    page.get_by_role("button", name=switch.format("off")).click()
    expect(page.get_by_role("button", name=switch.format("on"))).to_be_visible()
    assert not is_on()


def test_passkey_is_a_second_factor_in_a_browser(site: str, page: Page) -> None:
    """With the authenticator that Chromium has in software."""
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    traits = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": traits})
    site = site.replace("127.0.0.1", "localhost")  # a passkey asks for a name
    page.goto(f"{site}/accounts/login/?next=/accounts/2fa/webauthn/add/")
    sign_in(page)
    page.fill("input[name=password]", "demo-password-1")  # again: it is sensitive
    page.click("main button[type=submit]")
    page.wait_for_url("**/webauthn/add/")
    page.wait_for_load_state()  # or its script does not yet listen to the button
    page.fill("input[name=name]", "Blue key")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#recovery_codes")).to_be_visible()
    page.check("#codes_saved")  # or the page asks whether to leave it
    page.goto(f"{site}/accounts/2fa/webauthn/")
    expect(page.get_by_role("cell", name="Blue key")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site}/accounts/login/?next=/accounts/profile/")
    sign_in(page)
    expect(page.get_by_role("heading", name="Two-factor")).to_be_visible()
    page.get_by_role("button", name="passkey").click()
    expect(page.get_by_role("heading", name="Profile")).to_be_visible()

    page.goto(f"{site}/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("link", name="passkey").click()  # instead of the password
    page.get_by_role("button", name="passkey").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("You have none yet.")).to_be_visible()


def sign_in(page: Page) -> None:
    page.fill("input[name=login]", "demo@example.com")
    page.fill("input[name=password]", "demo-password-1")
    page.click("main button[type=submit]")


def pay(page: Page, card: str) -> None:
    page.fill("#number", card)
    page.fill("#expiry", "12 / 40")
    page.fill("#cvc", "123")
    page.fill("#name", "Ada Lovelace")
    page.click(".entry button[type=submit]")  # not that of the promotion code


def again(page: Page) -> str:
    page.reload()
    return page.content()


def code_for(site: str, email: str) -> str:
    found: list[str] = []

    def look() -> bool:
        query = urllib.parse.urlencode({"to": email})
        mails = api(site, f"dev/mailbox.json?{query}")["results"]
        found[:] = [code for mail in mails for code in CODE.findall(mail["text"])]
        return bool(found)

    assert wait_until(look, SECONDS), f"no mail to {email}"
    return found[0]


def api(
    site: str, path: str, data: dict[str, str] | None = None, *, access: str = ""
) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    if access:
        headers["Authorization"] = f"Bearer {access}"
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(f"{site}/{path}", body, headers)
    with urllib.request.urlopen(request, timeout=SECONDS) as response:
        return json.load(response)
