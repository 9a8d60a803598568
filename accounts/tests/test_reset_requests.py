"""Asking for a new password: tells nobody anything, and sends no more mails than it should."""

import unicodedata
from http import HTTPStatus
from typing import Any

import pytest
from django.core import mail
from django.http import HttpResponse
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from accounts.tests.conftest import ADDRESS, Api, Browser, SignIn, last_link
from accounts.tests.races import at_once
from accounts.tests.test_emails import work
from accounts.tests.test_timing import hasher_of_production, medians  # noqa: F401
from accounts.tests.visitors import ApiVisitor, Visitor, at_both_doors
from conftest import MakeUser

FORGED = {"HTTP_HOST": "evil.example", "HTTP_X_FORWARDED_HOST": "evil.example"}


@pytest.fixture
def kinds(make_user: MakeUser) -> dict[str, str]:
    """Addresses that a reset must not tell apart."""
    return {
        "unknown": "nobody@example.com",
        "known": make_user("known").email,
        "inactive": make_user("inactive", is_active=False).email,
        "unverified": make_user("unverified", verified=False).email,
    }


def essence(answer: HttpResponse) -> tuple:
    """What a stranger can compare."""
    unique = {"X-Request-ID", "Content-Length"}
    headers = {k: v for k, v in answer.items() if k not in unique}
    return answer.status_code, headers, answer.content


@at_both_doors
def test_sc_069_no_answer_tells_whose_address_it_is(
    visitor_class: type[Visitor], kinds: dict[str, str]
) -> None:
    visitor_class().ask_reset("warm@example.com")

    answers = [visitor_class().ask_reset(email) for email in kinds.values()]

    first = essence(answers[0])
    assert first[0] in {HTTPStatus.ACCEPTED, HTTPStatus.FOUND}
    for answer in answers[1:]:
        assert essence(answer) == first


@at_both_doors
@pytest.mark.usefixtures("hasher_of_production")
def test_sc_069_no_clock_tells_it_either(
    visitor_class: type[Visitor], kinds: dict[str, str]
) -> None:
    visitor_class().ask_reset("known@example.com")  # templates are read once
    visitor_class().ask_reset("warm@example.com")

    asks = {
        kind: lambda e=email: visitor_class().ask_reset(e)
        for kind, email in kinds.items()
    }

    # A machine under load is uneven; a difference that is there is there each time.
    found = [medians(asks, rounds=9)]
    while not is_even(found[-1]) and len(found) < 4:
        found.append(medians(asks, rounds=9))

    assert is_even(found[-1]), found


def is_even(seconds: dict[str, float]) -> bool:
    return max(seconds.values()) <= 1.25 * min(seconds.values())


@at_both_doors
def test_sc_069_the_mail_is_sent_outside_the_request(
    visitor_class: type[Visitor], kinds: dict[str, str], settings: Any
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    for email in kinds.values():
        visitor_class().ask_reset(email)

    assert not mail.outbox
    assert DBTaskResult.objects.count() == len(kinds)

    work()

    assert {m.to[0] for m in mail.outbox} == set(kinds.values())


@at_both_doors
@pytest.mark.parametrize("kind", ["known", "unknown"])
def test_sc_070_an_address_has_five_a_minute(
    visitor_class: type[Visitor], kinds: dict[str, str], kind: str
) -> None:
    address = kinds[kind]
    for spelling in (address, address.upper(), f" {address}", address, address):
        visitor_class().ask_reset(spelling)
    assert len(mail.outbox) == 5

    answers = [visitor_class().ask_reset(a) for a in (address, address.title())]

    for answer in answers:
        assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
        assert int(answer["Retry-After"]) > 0
    assert len(mail.outbox) == 5
    other = visitor_class().ask_reset("somebody@example.com")
    assert other.status_code != HTTPStatus.TOO_MANY_REQUESTS


@at_both_doors
def test_sc_070_another_spelling_has_no_limit_of_its_own(
    visitor_class: type[Visitor], db: None
) -> None:
    composed = "ada@ex\u00e4mple.com"
    for _ in range(5):
        visitor_class().ask_reset(composed)

    answer = visitor_class().ask_reset(unicodedata.normalize("NFD", composed))

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS


def test_sc_070_both_doors_have_five_together(ada: User) -> None:
    for _ in range(3):
        Api().post("/auth/password/reset", {"email": ADDRESS})
        Browser().post("/accounts/password/reset/", {"email": ADDRESS})

    assert len(mail.outbox) == 5


@at_both_doors
def test_sc_070_a_network_has_twenty_a_minute(
    visitor_class: type[Visitor], db: None
) -> None:
    for number in range(20):
        visitor_class().ask_reset(f"{number}@example.com")

    answer = visitor_class().ask_reset("one-more@example.com")

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert len(mail.outbox) == 20


@at_both_doors
@pytest.mark.django_db(transaction=True)
def test_sc_070_twelve_at_once_are_five_mails(
    visitor_class: type[Visitor], make_user: MakeUser
) -> None:
    make_user("ada")

    answers = at_once(12, lambda: visitor_class().ask_reset())

    assert len(mail.outbox) <= 5
    refused = [a for a in answers if a.status_code == HTTPStatus.TOO_MANY_REQUESTS]
    assert len(refused) >= 7


@at_both_doors
def test_sc_073_links_come_from_the_settings_whatever_the_request_says(
    visitor_class: type[Visitor], ada: User, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    def deceived() -> Visitor:
        visitor = visitor_class()
        visitor.client.defaults.update(FORGED)
        return visitor

    deceived().ask_reset()
    deceived().ask_reset("nobody@example.com")
    deceived().register("new@example.com")
    deceived().register(ADDRESS)

    assert len(mail.outbox) == 4
    reset = next(m for m in mail.outbox if "/password/reset/key/" in m.body)
    assert f"{settings.BASE_URL}/accounts/password/reset/key/" in reset.body
    for message in mail.outbox:
        assert "evil" not in message.message().as_string(), message.subject


def test_sc_073_nor_do_mails_to_somebody_who_is_in(
    sign_in: SignIn, ada: User, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client = sign_in(ada)
    client.defaults.update(FORGED)
    client.post("/auth/reauthenticate", {"password": "correct-horse-battery"})

    client.post("/auth/email", {"email": "lovelace@example.com"})

    assert mail.outbox
    for message in mail.outbox:
        assert "evil" not in message.message().as_string()


def test_sc_074_the_key_is_gone_from_the_address_of_the_page(
    browser: Browser, ada: User
) -> None:
    ApiVisitor().ask_reset()
    path = last_link().partition("127.0.0.1:8000")[2]
    key = path.rstrip("/").rpartition("-")[2]

    first = browser.get(path)
    page = browser.get(first["Location"])

    assert first.status_code == HTTPStatus.FOUND
    assert first["Location"].endswith("-set-password/")
    assert page.status_code == HTTPStatus.OK
    for answer in (first, page):
        # Our own pages at most hear where somebody came from, foreign ones never.
        assert answer["Referrer-Policy"] == "same-origin"
        assert "no-store" in answer["Cache-Control"]
    assert key not in first["Location"]
    assert key not in page.text
