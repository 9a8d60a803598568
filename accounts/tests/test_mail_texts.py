"""What strangers can write into a mail is text, and never a link."""

import re

import pytest
from django.core import mail

from accounts.emails import with_links
from accounts.models import User
from accounts.tests.conftest import ADDRESS, Api, Browser, last_link
from accounts.tests.identity_provider import IdentityProvider
from accounts.tests.test_logout import page_login
from accounts.tests.test_provider_login import connected

NEW = "a-new-long-password"
HREF = re.compile(r'href="([^"]+)"')
FIREFOX = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"
)


def change_password(browser: Browser, user_agent: str) -> tuple[str, str]:
    """The notice of it, as text and as HTML."""
    form = {"oldpassword": "correct-horse-battery", "password1": NEW, "password2": NEW}
    browser.post("/accounts/password/change/", form, HTTP_USER_AGENT=user_agent)
    (notice,) = mail.outbox
    return notice.body, notice.alternatives[0].content


@pytest.mark.parametrize(
    "user_agent",
    [
        "Call https://evil.example/now at once",
        "evil.example/now",
        "www.evil.example",
        f"{FIREFOX} https://evil.example",
        "<a href='https://evil.example'>x</a>",
    ],
)
def test_sc_093_a_user_agent_writes_nothing_into_a_notice(
    ada: User, user_agent: str
) -> None:
    text, html = change_password(page_login(ada), user_agent)

    assert "evil" not in text
    assert "evil" not in html
    assert set(HREF.findall(html)) == {
        "http://127.0.0.1:8000",
        "http://127.0.0.1:8000/accounts/password/reset/",
    }


def test_a_notice_says_what_it_was_done_with(ada: User) -> None:
    text, _ = change_password(page_login(ada), FIREFOX)

    assert "127.0.0.1 (Firefox on Windows)" in text


def test_sc_093_links_are_those_of_the_template_alone() -> None:
    context = {
        "key_url": "https://pay.example/1?a=1&b=2",
        "name": "https://evil.example",
    }
    text = (
        "https://evil.example invites <b>you</b>: www.evil.example, "
        "http://127.0.0.1:8000.evil.example/ http://127.0.0.1:8000@evil.example/\n"
        "https://pay.example/1?a=1&b=2\nhttp://127.0.0.1:8000/accounts/"
    )

    html = with_links(text, context)

    assert HREF.findall(html) == [
        "https://pay.example/1?a=1&amp;b=2",
        "http://127.0.0.1:8000/accounts/",
    ]
    assert "&lt;b&gt;you&lt;/b&gt;" in html


def test_the_link_of_a_reset_is_one(api: Api, ada: User) -> None:
    api.post("/auth/password/reset", {"email": ADDRESS})

    html = mail.outbox[0].alternatives[0].content

    assert any("/password/reset/key/" in link for link in HREF.findall(html))
    assert "overflow-wrap:anywhere" in html  # or the link runs out of its card


def test_who_resets_the_password_is_told_what_else_signs_them_in(
    ada: User, provider: IdentityProvider
) -> None:
    """A thief may have connected a provider of their own: a reset leaves it."""
    connected(ada, "thief")
    api = Api()
    api.post("/auth/password/reset", {"email": ADDRESS})
    key = last_link().rstrip("/").rsplit("/", 1)[-1]

    api.post("/auth/password/reset/confirm", {"key": key, "password": NEW})

    told = mail.outbox[-1].body
    assert "as before: Acme. Disconnect" in told
    assert "/accounts/connections/" in told
