"""Five wrong passwords for an address, ten from a network: the next is not even looked at."""

from collections.abc import Iterator
from http import HTTPStatus
from itertools import cycle
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import AuditEvent, User
from accounts.tests.conftest import ADDRESS, Api, Browser, SignIn, code_of, login
from accounts.tests.races import at_once
from accounts.tests.visitors import ApiVisitor, PageVisitor, Visitor, at_both_doors
from conftest import PASSWORD, MakeUser

WRONG = "not-the-password"
NEW = "a-new-long-password"


def assert_is_locked(answer: HttpResponse, seconds: int = 300) -> None:
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert 0 < int(answer["Retry-After"]) <= seconds
    if answer["Content-Type"] == "application/json":
        assert code_of(answer) == "rate_limited"
    else:
        assert "Too many wrong passwords" in answer.text


def fail(times: int, email: str = ADDRESS, **headers: str) -> None:
    for _ in range(times):
        visitor = ApiVisitor()
        assert visitor.is_refused(visitor.login(email, WRONG, **headers))


@at_both_doors
def test_sc_023_the_sixth_failure_is_refused_before_it_is_hashed(
    visitor_class: type[Visitor], counted_hashes: list[str], ada: User
) -> None:
    visitor = visitor_class()
    for _ in range(5):
        assert visitor.is_refused(visitor.login(password=WRONG))
    counted_hashes.clear()

    wrong, right = visitor.login(password=WRONG), visitor.login()

    assert_is_locked(wrong)
    assert_is_locked(right)
    assert not counted_hashes
    assert not visitor.is_in()


def test_sc_023_failures_count_together_wherever_they_are_made(ada: User) -> None:
    ways: Iterator[Visitor] = cycle([ApiVisitor(), PageVisitor()])
    for _, visitor in zip(range(5), ways, strict=False):
        assert visitor.is_refused(visitor.login(ADDRESS.upper(), WRONG))

    assert_is_locked(ApiVisitor().login())
    assert_is_locked(PageVisitor().login())


def test_sc_023_the_admin_has_no_door_of_its_own(staff: User) -> None:
    browser = Browser()
    form = {"username": staff.email, "login": staff.email, "password": PASSWORD}

    sent_on = browser.post("/admin/login/", {**form, "next": "/admin/"})

    assert sent_on.status_code == HTTPStatus.FOUND
    assert sent_on["Location"].startswith("/accounts/login/?")
    assert browser.get("/admin/").status_code == HTTPStatus.FOUND
    fail(5, staff.email)
    assert_is_locked(browser.post(sent_on["Location"], form))
    assert browser.get("/admin/").status_code == HTTPStatus.FOUND


@pytest.mark.parametrize("header", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST"])
def test_sc_023_whatever_the_host_says(ada: User, header: str) -> None:
    for port in range(1, 6):
        fail(1, **{header: f"testserver:{port}"})

    assert_is_locked(login(Api()))


def test_sc_023_proving_again_counts_as_a_login_does(
    sign_in: SignIn, ada: User
) -> None:
    client = sign_in(ada)
    fail(5)

    assert_is_locked(client.post("/auth/reauthenticate", {"password": PASSWORD}))


@at_both_doors
def test_sc_023_another_address_is_not_locked(
    visitor_class: type[Visitor], ada: User, make_user: MakeUser
) -> None:
    make_user("grace")
    fail(5)

    visitor = visitor_class()
    visitor.login("grace@example.com")

    assert visitor.is_in()


@at_both_doors
@pytest.mark.django_db(transaction=True)
def test_sc_023_thirty_failures_at_once_are_five(
    visitor_class: type[Visitor], counted_hashes: list[str], make_user: MakeUser
) -> None:
    make_user("ada")
    counted_hashes.clear()

    answers = at_once(30, lambda: visitor_class().login(password=WRONG))

    locked = [a for a in answers if a.status_code == HTTPStatus.TOO_MANY_REQUESTS]
    assert len(counted_hashes) == 5
    assert len(locked) == 25
    assert all("Retry-After" in answer for answer in locked)


def test_sc_023_a_network_has_ten_failures_a_minute(
    counted_hashes: list[str], ada: User
) -> None:
    for number in range(10):
        fail(1, f"nobody-{number}@example.com", REMOTE_ADDR="203.0.113.7")
    counted_hashes.clear()

    for door in (ApiVisitor(), PageVisitor()):
        assert_is_locked(door.login(REMOTE_ADDR="203.0.113.7"), seconds=60)
        assert not counted_hashes
        elsewhere = type(door)()
        elsewhere.login(REMOTE_ADDR="203.0.113.8")
        assert elsewhere.is_in()
        counted_hashes.clear()


def test_sc_023_an_ipv6_network_is_one(ada: User) -> None:
    for number in range(10):
        address = f"2001:db8:1:2::{number:x}"
        fail(1, f"nobody-{number}@example.com", REMOTE_ADDR=address)

    assert_is_locked(ApiVisitor().login(REMOTE_ADDR="2001:db8:1:2:ffff::1"), 60)
    elsewhere = ApiVisitor()
    elsewhere.login(REMOTE_ADDR="2001:db8:1:3::1")
    assert elsewhere.is_in()


def test_sc_023_ipv4_as_a_double_socket_writes_it_is_not_one_network(
    ada: User,
) -> None:
    for number in range(10):
        fail(1, f"nobody-{number}@example.com", REMOTE_ADDR="::ffff:203.0.113.7")

    assert_is_locked(ApiVisitor().login(REMOTE_ADDR="203.0.113.7"), 60)
    elsewhere = ApiVisitor()
    elsewhere.login(REMOTE_ADDR="::ffff:203.0.113.8")
    assert elsewhere.is_in()


def test_hammering_a_locked_address_locks_no_one_else_out(
    ada: User, make_user: MakeUser
) -> None:
    make_user("grace")
    fail(5)
    for _ in range(15):
        assert_is_locked(login(Api()))

    visitor = ApiVisitor()
    visitor.login("grace@example.com")

    assert visitor.is_in()


@pytest.mark.parametrize("proxies", [0, 1, 2])
@pytest.mark.parametrize("forged", ["198.51.100.{}", "198.51.100.{}, 192.0.2.1"])
def test_sc_102_a_forged_address_is_no_new_network(
    settings: Any, ada: User, proxies: int, forged: str
) -> None:
    """What the proxies add stands on the right; everything left of it is hearsay."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    real = ["203.0.113.7", "10.0.0.1"][:proxies]

    def headers(number: int) -> dict[str, str]:
        hops = ", ".join([forged.format(number), *real])
        return {
            "HTTP_X_FORWARDED_FOR": hops,
            "HTTP_X_REAL_IP": forged.format(number),
            "HTTP_FORWARDED": f"for={forged.format(number)}",
        }

    for number in range(10):
        fail(1, f"nobody-{number}@example.com", **headers(number))

    assert_is_locked(login_with(headers(77)), seconds=60)
    noted = AuditEvent.objects.values_list("ip", flat=True)
    assert set(noted) == {"203.0.113.7" if proxies else "127.0.0.1"}


def test_sc_102_behind_proxies_each_client_is_its_own(settings: Any, ada: User) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    for number in range(10):
        hops = {"HTTP_X_FORWARDED_FOR": "203.0.113.7, 10.0.0.1"}
        fail(1, f"nobody-{number}@example.com", **hops)

    answer = login_with({"HTTP_X_FORWARDED_FOR": "203.0.113.8, 10.0.0.1"})

    assert answer.status_code == HTTPStatus.OK


def login_with(headers: dict[str, str]) -> HttpResponse:
    return ApiVisitor().login(**headers)


@at_both_doors
def test_sc_024_good_logins_between_do_not_help_an_attack(
    visitor_class: type[Visitor], ada: User, make_user: MakeUser
) -> None:
    """Neither those of the owner, nor those of the attacker's own account."""
    make_user("eve")
    for _ in range(5):
        for email in (ADDRESS, "eve@example.com"):
            visitor = visitor_class()
            visitor.login(email)
            assert visitor.is_in()
        fail(1)

    assert_is_locked(visitor_class().login(password=WRONG))


@at_both_doors
def test_sc_024_good_logins_are_never_too_many_for_the_address(
    visitor_class: type[Visitor], ada: User
) -> None:
    for _ in range(12):
        visitor = visitor_class()
        visitor.login()
        assert visitor.is_in()


@at_both_doors
def test_sc_025_a_completed_reset_lifts_the_lock(
    visitor_class: type[Visitor], ada: User
) -> None:
    fail(5)
    visitor = visitor_class()
    visitor.ask_reset()
    assert_is_locked(visitor_class().login())  # asked for is not completed

    visitor.reset(NEW)

    visitor.login(password=NEW)
    assert visitor.is_in()


def test_sc_025_a_reset_of_ones_own_account_does_not_free_the_network(
    ada: User, make_user: MakeUser
) -> None:
    """Or whoever guesses could go on after each reset of an account of theirs."""
    for number in range(10):
        fail(1, f"nobody-{number}@example.com")
    visitor = ApiVisitor()
    visitor.ask_reset()
    visitor.reset(NEW)

    assert_is_locked(visitor.login(password=NEW), seconds=60)


def test_too_many_requests_to_a_page_say_when_to_come_back(db: None) -> None:
    """allauth's limit of requests, right or wrong: its answer is a page of ours."""
    browser = Client()
    for _ in range(30):
        browser.post("/accounts/login/", {"login": "no address"})

    answer = browser.post("/accounts/login/", {"login": "no address"})

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert int(answer["Retry-After"]) > 0
    assert '<header class="site">' in answer.text
