"""What a test does on the account pages, and what each page must be."""

import re
from http import HTTPStatus

from django.http import HttpResponse

from accounts.models import User
from accounts.tests.conftest import (
    ADDRESS,
    Browser,
)
from accounts.tests.test_logout import page_login
from conftest import PASSWORD

BLOCKED = re.compile(
    r"<style|\sstyle\s*=|\son\w+\s*=\s*[\"']|javascript:"
    r"|<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")"
)

# One name for each thing: other names of the same, which allauth's own pages use.
OTHER_NAMES = re.compile(
    r"two-factor auth|security key|passwordless|sign[- ]?up using|signup\b|create an account"
    r"|authenticator code|reauthenticat|master key|verif(?:y|ied|ication)\b",
    re.I,
)


def signup(browser: Browser, email: str = ADDRESS) -> HttpResponse:
    return browser.post("/accounts/signup/", {"email": email, "password1": PASSWORD})


def in_the_design(page: HttpResponse) -> str:
    """The HTML of `page`, once it is known to be ours and free of what the CSP blocks."""
    html = page.content.decode()
    assert page.status_code == HTTPStatus.OK
    assert '<header class="site">' in html
    assert "<h1" in html
    assert html.count("<main") == 1
    assert not BLOCKED.search(html), BLOCKED.search(html)
    words = re.sub(r"<(script|head).*?</\1>|<[^>]*>", " ", html, flags=re.S)
    assert not OTHER_NAMES.search(words), OTHER_NAMES.search(words)
    return html


def reauthenticated(user: User) -> Browser:
    browser = page_login(user)
    answer = browser.post(
        "/accounts/reauthenticate/", {"password": PASSWORD, "next": "/accounts/2fa/"}
    )
    assert answer.status_code == HTTPStatus.FOUND
    return browser
