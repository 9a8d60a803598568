"""Where somebody is signed in, and how one such login is ended."""

import re
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuthSession, User
from accounts.sessions import logins, start_session
from accounts.sessions.devices import UNKNOWN, in_words
from accounts.tests.conftest import Api, Browser, SignIn
from accounts.tests.pages import in_the_design
from accounts.tests.test_logout import (
    can_refresh,
    is_signed_in,
    page_login,
    sees_account,
    set_password,
)
from conftest import AsUser

FIREFOX = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0"
)
ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Mobile Safari/537.36"
)


def listed(client: Api) -> list[dict]:
    answer = client.get("/auth/sessions")
    assert answer.status_code == HTTPStatus.OK, answer.json()
    return answer.json()["results"]


def current(client: Api) -> dict:
    return next(login for login in listed(client) if login["is_current"])


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (SAFARI, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        (ANDROID, "Chrome on Android"),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32.3", "python-requests"),
        ("Mozilla/5.0", UNKNOWN),
        ("", UNKNOWN),
        ("<script>alert(1)</script>", UNKNOWN),
        ("x" * 300, UNKNOWN),
    ],
)
def test_a_device_is_named_in_words(user_agent: str, words: str) -> None:
    assert in_words(user_agent) == words


def test_sc_062_one_list_of_logins_of_the_api_and_of_pages(
    sign_in: SignIn, ada: User, outsider: User
) -> None:
    phone, page = sign_in(ada), page_login(ada)
    sign_in(outsider)
    AuthSession.objects.filter(user=ada).update(user_agent=SAFARI)

    found = listed(phone)

    assert [login["kind"] for login in found] == ["page", "api"]
    session = AuthSession.objects.get(user=ada)
    assert found[1] == {
        "id": str(session.pk),
        "kind": "api",
        "device": "Safari on iPhone",
        "ip": "127.0.0.1",
        "started_at": session.created_at.isoformat().replace("+00:00", "Z"),
        "last_used_at": session.last_refreshed_at.isoformat().replace("+00:00", "Z"),
        "is_current": True,
    }
    assert not found[0]["is_current"]
    assert page.session.session_key not in str(found)
    assert session.session_key not in str(found)


def test_sc_062_ending_a_login_kills_its_tokens(sign_in: SignIn, ada: User) -> None:
    phone, laptop = sign_in(ada), sign_in(ada)
    lost = current(laptop)["id"]

    answer = phone.delete(f"/auth/sessions/{lost}")

    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert not is_signed_in(laptop)
    assert not can_refresh(laptop)
    assert is_signed_in(phone)
    assert lost not in [login["id"] for login in listed(phone)]
    ended = AuthSession.objects.get(pk=lost)
    assert ended.revoke_reason == "ended_by_user"


def test_sc_062_ending_a_login_kills_its_cookie(sign_in: SignIn, ada: User) -> None:
    phone, browser, other = sign_in(ada), page_login(ada), page_login(ada)
    on_page = [login["id"] for login in listed(phone) if login["kind"] == "page"]
    assert len(on_page) == 2

    answer = phone.delete(f"/auth/sessions/{on_page[0]}")  # the one begun last

    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert not sees_account(other)
    assert sees_account(browser)
    assert len(listed(phone)) == 2


def test_ending_the_current_login_signs_out(sign_in: SignIn, ada: User) -> None:
    phone = sign_in(ada)

    answer = phone.delete(f"/auth/sessions/{current(phone)['id']}")

    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert not is_signed_in(phone)


def test_sc_059_nobody_ends_the_login_of_another(
    sign_in: SignIn, ada: User, outsider: User
) -> None:
    phone, browser, stranger = sign_in(ada), page_login(ada), sign_in(outsider)

    for login in listed(phone):
        answer = stranger.delete(f"/auth/sessions/{login['id']}")
        assert answer.status_code == HTTPStatus.NOT_FOUND
        assert answer.json()["errors"][0]["code"] == "not_found"
        page = page_login(outsider).post("/accounts/sessions/", {"end": login["id"]})
        assert page.status_code == HTTPStatus.NOT_FOUND

    assert is_signed_in(phone)
    assert sees_account(browser)


@pytest.mark.parametrize(
    "login_id", ["7f000000-0000-4000-8000-000000000001", "1", "%00", "x" * 200]
)
def test_a_login_that_is_none_is_not_found(
    sign_in: SignIn, ada: User, login_id: str
) -> None:
    answer = sign_in(ada).delete(f"/auth/sessions/{login_id}")

    assert 400 <= answer.status_code <= 404


def test_an_ended_login_cannot_be_ended_again(sign_in: SignIn, ada: User) -> None:
    phone, laptop = sign_in(ada), sign_in(ada)
    lost = current(laptop)["id"]
    phone.delete(f"/auth/sessions/{lost}")

    assert phone.delete(f"/auth/sessions/{lost}").status_code == HTTPStatus.NOT_FOUND


def test_what_has_ended_by_itself_is_not_listed(
    sign_in: SignIn, as_user: AsUser, ada: User
) -> None:
    page_login(ada)
    sign_in(ada)
    set_password(ada)  # as in a shell: ends them without touching their rows
    start_session(ada, session_key="")
    AuthSession.objects.filter(session_key="").update(
        refresh_issued_at=timezone.now()
        - settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]
        - timedelta(seconds=1)
    )
    client = as_user(ada)

    assert [login["is_current"] for login in listed(client)] == [True]


def test_a_page_whose_session_is_gone_is_not_listed(sign_in: SignIn, ada: User) -> None:
    phone = sign_in(ada)
    browser = page_login(ada)
    Session.objects.filter(session_key=browser.session.session_key).update(
        expire_date=timezone.now()
    )

    assert [login["kind"] for login in listed(phone)] == ["api"]


def test_the_list_is_bounded_and_costs_the_same(
    as_user: AsUser,
    ada: User,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(logins, "LIMIT", 3)
    for _ in range(3):
        page_login(ada)
        client = as_user(ada)

    with django_assert_num_queries(4):
        found = listed(client)

    assert len(found) == 3


def test_sc_062_the_page_lists_and_ends_logins(
    sign_in: SignIn, ada: User, outsider: User
) -> None:
    phone, browser, lost = sign_in(ada), page_login(ada), page_login(ada)
    sign_in(outsider)
    AuthSession.objects.filter(user=ada).update(user_agent=SAFARI)
    AuthSession.objects.filter(user=outsider).update(user_agent=EDGE)

    html = in_the_design(browser.get("/accounts/sessions/"))
    assert "Safari on iPhone" in html
    assert "Edge" not in html
    buttons = re.findall(r'name="end" value="([^"]+)"', html)
    assert len(buttons) == 2  # this one has none
    for login_id in buttons:
        answer = browser.post("/accounts/sessions/", {"end": login_id})
        assert answer.status_code == HTTPStatus.FOUND

    assert not is_signed_in(phone)
    assert not can_refresh(phone)
    assert not sees_account(lost)
    assert sees_account(browser)


@pytest.mark.parametrize("login_id", ["x", "", "\x00"])
def test_the_page_refuses_what_is_no_login(ada: User, login_id: str) -> None:
    browser = page_login(ada)

    answer = browser.post("/accounts/sessions/", {"end": login_id})

    assert answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}
    assert sees_account(browser)


def test_sc_064_reauthentication_changes_the_session_key(
    sign_in: SignIn, ada: User
) -> None:
    """In the API; the login itself lives on."""
    phone = sign_in(ada)
    before = AuthSession.objects.get()

    phone.post("/auth/reauthenticate", {"password": "correct-horse-battery"})

    after = AuthSession.objects.get()
    assert after.session_key != before.session_key
    assert not Session.objects.filter(session_key=before.session_key).exists()
    assert is_signed_in(phone)
    assert [login["is_current"] for login in listed(phone)] == [True]


def test_sc_064_reauthentication_on_a_page_changes_the_key(ada: User) -> None:
    browser = page_login(ada)
    old = browser.session.session_key

    form = {"password": "correct-horse-battery", "next": "/accounts/email/"}
    browser.post("/accounts/reauthenticate/", form)

    assert browser.session.session_key != old
    stale = Browser()
    stale.cookies["sessionid"] = old
    assert not sees_account(stale)
    assert sees_account(browser)


def test_sc_063_staff_end_all_logins_of_a_user_and_it_is_noted(
    browser: Browser, sign_in: SignIn, ada: User, staff: User
) -> None:
    phone, page = sign_in(ada), page_login(ada)
    browser.force_login(staff)

    form = {"action": "end_all_logins", "_selected_action": [str(ada.pk)]}
    browser.post("/admin/accounts/user/", form)

    assert not is_signed_in(phone)
    assert not sees_account(page)
    entry = LogEntry.objects.get(user=staff)
    assert entry.object_id == str(ada.pk)
    assert "Ended all logins" in entry.get_change_message()
