"""Signing out on pages: by a button that is everywhere, never by a link, leaving nothing behind."""

import re
from http import HTTPStatus

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from accounts.models import User
from accounts.tests.conftest import Browser
from accounts.tests.pages import reauthenticated
from accounts.tests.test_logout import page_login, sees_account
from conftest import PASSWORD

SIGN_OUT = re.compile(
    r'<form[^>]*method="post"[^>]*action="(/accounts|/admin)/logout/"[^>]*>'
    r"(?:(?!</form>).)*<button",
    re.DOTALL,
)


def plain_pages() -> list[str]:
    """Every page whose path has no variable part."""
    found = ["/", *_paths("/", get_resolver().url_patterns)]
    return [path for path in found if path.startswith(("/accounts/", "/admin/"))]


def _paths(prefix: str, patterns: list) -> list[str]:
    paths = []
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            paths += _paths(path, pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and re.fullmatch(r"[\w/-]+", path):
            paths.append(path)
    return paths


def is_html(page: HttpResponse) -> bool:
    return page.status_code == HTTPStatus.OK and page["Content-Type"].startswith(
        "text/html"
    )


def test_sc_065_every_page_of_somebody_has_the_button(staff: User) -> None:
    browser = reauthenticated(staff)
    seen = []

    for path in ["/", *plain_pages()]:
        if path in {"/admin/jsi18n/", "/accounts/inactive/"}:
            continue
        page = browser.get(path)
        if is_html(page) and page.wsgi_request.user.is_authenticated:
            assert SIGN_OUT.search(page.text), path
            seen.append(path)

    assert len(seen) > 30, seen
    assert sees_account(browser), "a GET has signed out"


@pytest.mark.parametrize("path", ["/accounts/logout/", "/admin/logout/"])
def test_sc_065_a_link_signs_nobody_out(staff: User, path: str) -> None:
    browser = page_login(staff)

    answer = browser.get(path)

    assert "Clear-Site-Data" not in answer
    assert sees_account(browser)
    forger = Browser(enforce_csrf_checks=True)
    forger.cookies = browser.cookies
    assert forger.post(path).status_code == HTTPStatus.FORBIDDEN
    assert sees_account(browser)


@pytest.mark.parametrize("path", ["/accounts/logout/", "/admin/logout/"])
def test_sc_065_the_button_signs_out_and_clears(staff: User, path: str) -> None:
    browser = page_login(staff)
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value

    answer = browser.post(path)

    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert answer.cookies[settings.SESSION_COOKIE_NAME].value == ""
    assert not sees_account(browser)
    browser.cookies[settings.SESSION_COOKIE_NAME] = cookie  # kept by somebody
    assert not sees_account(browser)


def test_sc_065_a_deleted_account_leaves_nothing_in_the_browser(ada: User) -> None:
    browser = page_login(ada)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    answer = browser.post("/accounts/delete/")

    assert not User.objects.filter(pk=ada.pk).exists()
    assert answer["Clear-Site-Data"] == '"cache", "storage"'


def test_who_was_not_in_has_nothing_to_clear(browser: Browser) -> None:
    for path in ("/accounts/login/", "/accounts/logout/", "/"):
        assert "Clear-Site-Data" not in browser.get(path)
    assert "Clear-Site-Data" not in browser.post("/accounts/logout/")
