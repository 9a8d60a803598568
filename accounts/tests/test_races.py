"""What happens when many do the same at the same moment."""

from collections import Counter
from datetime import timedelta
from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import AuthSession, User
from accounts.tests.conftest import (
    ADDRESS,
    bearer,
    code_of,
    last_code,
    last_link,
    login,
    register,
)
from accounts.tests.races import at_once, overtaken
from accounts.tests.visitors import ApiVisitor, Visitor, at_both_doors
from conftest import PASSWORD, MakeUser

pytestmark = pytest.mark.django_db(transaction=True)


def test_sc_004_parallel_registrations_of_one_address_make_one_user() -> None:
    answers = at_once(8, lambda: register(APIClient()))

    assert {a.status_code for a in answers} == {HTTPStatus.ACCEPTED}
    assert {tuple(a.json()) for a in answers} == {("status", "flow")}
    assert len({a.json()["flow"] for a in answers}) == 8
    assert User.objects.filter(email=ADDRESS).count() == 1
    assert EmailAddress.objects.filter(email=ADDRESS).count() == 1


def test_sc_004_parallel_registrations_on_pages_make_one_user() -> None:
    form = {"email": ADDRESS, "password1": PASSWORD}

    answers = at_once(8, lambda: Client().post("/accounts/signup/", form))

    assert {a.status_code for a in answers} == {HTTPStatus.FOUND}
    assert {a["Location"] for a in answers} == {"/accounts/confirm-email/"}
    assert User.objects.filter(email=ADDRESS).count() == 1


def test_sc_051_parallel_refreshes_get_one_successor(make_user: MakeUser) -> None:
    make_user("ada")
    refresh = login(APIClient()).json()["refresh"]

    answers = at_once(
        8, lambda: APIClient().post("/auth/refresh", {"refresh": refresh})
    )

    assert {a.status_code for a in answers} == {HTTPStatus.OK}
    successors = {a.json()["refresh"] for a in answers}
    assert len(successors) == 1
    assert refresh not in successors
    again = APIClient().post("/auth/refresh", {"refresh": successors.pop()})
    assert again.status_code == HTTPStatus.OK


def test_sc_051_without_grace_parallel_refreshes_end_the_login(
    make_user: MakeUser, settings: object
) -> None:
    settings.REFRESH_GRACE = timedelta(0)
    make_user("ada")
    refresh = login(APIClient()).json()["refresh"]

    answers = at_once(
        8, lambda: APIClient().post("/auth/refresh", {"refresh": refresh})
    )

    statuses = [a.status_code for a in answers]
    assert statuses.count(HTTPStatus.OK) == 1
    assert statuses.count(HTTPStatus.UNAUTHORIZED) == 7
    assert not AuthSession.objects.live().exists()


def test_sc_071_a_reset_key_works_once_also_in_parallel(make_user: MakeUser) -> None:
    make_user("ada")
    APIClient().post("/auth/password/reset", {"email": ADDRESS})
    key = last_link().rstrip("/").rsplit("/", 1)[-1]
    passwords = [f"a-new-password-{i}" for i in range(6)]
    waiting = list(passwords)

    answers = at_once(
        6,
        lambda: APIClient().post(
            "/auth/password/reset/confirm", {"key": key, "password": waiting.pop()}
        ),
    )

    statuses = sorted(a.status_code for a in answers)
    assert statuses == [HTTPStatus.OK] + [HTTPStatus.BAD_REQUEST] * 5
    user = User.objects.get(email=ADDRESS)
    assert sum(user.check_password(p) for p in passwords) == 1
    assert not user.check_password(PASSWORD)


def test_sc_016_two_accounts_cannot_both_confirm_one_address() -> None:
    """Both carry it unconfirmed, as an import may leave it; each has a flow and its code."""
    waiting = []
    for name in ("first", "second"):
        user = User.objects.create_user(f"{name}@example.com", f"{name}-{PASSWORD}")
        EmailAddress.objects.create(user=user, email=ADDRESS)
        half = login(APIClient(), ADDRESS, f"{name}-{PASSWORD}")
        waiting.append({"flow": half.json()["flow"], "code": last_code(ADDRESS)})

    answers = at_once(2, lambda: APIClient().post("/auth/email/verify", waiting.pop()))

    statuses = sorted(a.status_code for a in answers)
    assert statuses[0] == HTTPStatus.OK
    assert HTTPStatus.BAD_REQUEST <= statuses[1] < HTTPStatus.INTERNAL_SERVER_ERROR
    assert EmailAddress.objects.filter(email=ADDRESS, verified=True).count() == 1


@at_both_doors
def test_sc_016_who_has_looked_and_is_overtaken_is_refused(
    visitor_class: type[Visitor],
) -> None:
    """The address was free when they looked: the database alone is left to refuse them."""
    slow, fast = visitor_class(), ApiVisitor()
    codes = []
    for name, visitor in (("slow", slow), ("fast", fast)):
        user = User.objects.create_user(f"{name}@example.com", f"{name}-{PASSWORD}")
        EmailAddress.objects.create(user=user, email=ADDRESS)
        visitor.login(ADDRESS, f"{name}-{PASSWORD}")
        codes.append(last_code(ADDRESS))
    rows = EmailAddress.objects.filter(user__email="slow@example.com")

    refused, won = overtaken(
        lambda: slow.enter(codes[0]), at=rows, by=lambda: fast.enter(codes[1])
    )

    assert won.status_code == HTTPStatus.OK
    assert EmailAddress.objects.get(email=ADDRESS, verified=True).user.email == ADDRESS
    assert not slow.is_in()
    if isinstance(slow, ApiVisitor):
        assert refused.status_code == HTTPStatus.CONFLICT
    else:
        assert refused["Location"] == "/accounts/login/"
        page = slow.client.get("/accounts/login/")
        assert page.status_code == HTTPStatus.OK, "they were sent round in a circle"
        assert "This address belongs to another account." in page.text


def changing_to(name: str, email: str) -> APIClient:
    """A client whose user has asked to change to `email`, which waits for its code."""
    client = APIClient()
    access = login(client, f"{name}@example.com").json()["access"]
    bearer(client, access)
    client.post("/auth/reauthenticate", {"password": PASSWORD})
    answer = client.post("/auth/email", {"email": email})
    assert answer.status_code == HTTPStatus.ACCEPTED
    return client


def test_sc_016_two_accounts_cannot_both_change_to_one_address(
    make_user: MakeUser,
) -> None:
    waiting = []
    for name in ("first", "second"):
        make_user(name)
        client = changing_to(name, ADDRESS)
        waiting.append((client, {"code": last_code(ADDRESS)}))
        cache.clear()  # one mail per address and moment

    def confirm() -> HttpResponse:
        client, body = waiting.pop()
        return client.post("/auth/email/confirm", body)

    answers = at_once(2, confirm)

    statuses = sorted(a.status_code for a in answers)
    assert statuses[0] == HTTPStatus.OK
    assert statuses[1] in {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT}
    assert EmailAddress.objects.filter(email=ADDRESS, verified=True).count() == 1
    assert User.objects.filter(email=ADDRESS).count() == 1
    assert User.objects.count() == 2


@at_both_doors
def test_sc_016_a_change_that_is_overtaken_is_refused(
    visitor_class: type[Visitor], make_user: MakeUser
) -> None:
    make_user("slow")
    make_user("fast")
    slow, codes = visitor_class(), []
    slow.login("slow@example.com")
    ask_change(slow, ADDRESS)
    codes.append(last_code(ADDRESS))
    cache.clear()  # one mail per address and moment
    fast = changing_to("fast", ADDRESS)
    codes.append(last_code(ADDRESS))
    rows = EmailAddress.objects.filter(user__email="slow@example.com")

    refused, won = overtaken(
        lambda: confirm_change(slow, codes[0]),
        at=rows,
        by=lambda: fast.post("/auth/email/confirm", {"code": codes[1]}),
    )

    assert won.status_code == HTTPStatus.OK
    if isinstance(slow, ApiVisitor):
        assert code_of(refused) == "conflict"
    else:
        assert refused["Location"] == "/accounts/email/"
        page = slow.client.get(refused["Location"])
        assert "This address belongs to another account." in page.text
    assert slow.is_in()
    addresses = EmailAddress.objects.values_list("email", "verified", "primary")
    assert sorted(addresses) == [
        (ADDRESS, True, True),
        ("slow@example.com", True, True),
    ]


def ask_change(visitor: Visitor, email: str) -> None:
    proof = {"password": PASSWORD}
    if isinstance(visitor, ApiVisitor):
        visitor.client.post("/auth/reauthenticate", proof)
        visitor.client.post("/auth/email", {"email": email})
    else:
        visitor.client.post("/accounts/reauthenticate/", proof)
        visitor.client.post("/accounts/email/", {"action_add": "", "email": email})


def confirm_change(visitor: Visitor, code: str) -> HttpResponse:
    if isinstance(visitor, ApiVisitor):
        return visitor.client.post("/auth/email/confirm", {"code": code})
    return visitor.enter(code)


def test_sc_076_one_code_sent_at_once_changes_the_address_once(
    make_user: MakeUser,
) -> None:
    make_user("ada")
    client = changing_to("ada", "lovelace@example.com")
    token = client._credentials["HTTP_AUTHORIZATION"]
    code = last_code("lovelace@example.com")

    answers = at_once(
        3,
        lambda: APIClient().post(
            "/auth/email/confirm", {"code": code}, HTTP_AUTHORIZATION=token
        ),
    )

    statuses = [a.status_code for a in answers]
    assert HTTPStatus.OK in statuses
    assert set(statuses) <= {
        HTTPStatus.OK,
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.CONFLICT,
    }
    addresses = EmailAddress.objects.values_list("email", "verified", "primary")
    assert list(addresses) == [("lovelace@example.com", True, True)]


def test_sc_010_guesses_at_once_of_a_new_address_are_three(make_user: MakeUser) -> None:
    make_user("ada")
    client = changing_to("ada", "lovelace@example.com")
    token = client._credentials["HTTP_AUTHORIZATION"]

    answers = at_once(
        12,
        lambda: APIClient().post(
            "/auth/email/confirm", {"code": "WRON-GONE"}, HTTP_AUTHORIZATION=token
        ),
    )

    counted = Counter(a.json()["errors"][0]["code"] for a in answers)
    assert counted["incorrect_code"] <= 3
    assert counted.keys() <= {
        "incorrect_code",
        "rate_limited",
        "flow_not_pending",
        "conflict",
    }
