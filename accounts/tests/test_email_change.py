"""A change of address over the API: proved by code, harmless until then."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.http import HttpResponse

from accounts.models import User
from accounts.tests.conftest import (
    ADDRESS,
    Api,
    SignIn,
    code_of,
    last_code,
    last_mail,
    login,
)
from accounts.tests.test_logout import is_signed_in, page_login
from conftest import PASSWORD, MakeUser

NEW = "lovelace@example.com"


@pytest.fixture
def client(sign_in: SignIn, ada: User) -> Api:
    """Ada, who has just entered her password again."""
    client = sign_in(ada)
    prove(client)
    return client


def prove(client: Api) -> None:
    answer = client.post("/auth/reauthenticate", {"password": PASSWORD})
    assert answer.status_code == HTTPStatus.NO_CONTENT


def change(client: Api, email: str = NEW) -> HttpResponse:
    return client.post("/auth/email", {"email": email})


def confirm(client: Api, code: str) -> HttpResponse:
    return client.post("/auth/email/confirm", {"code": code})


def addresses(user: User) -> list[tuple[str, bool]]:
    return list(EmailAddress.objects.filter(user=user).values_list("email", "verified"))


def test_sc_076_it_needs_a_recent_proof(sign_in: SignIn, ada: User) -> None:
    client = sign_in(ada)

    answer = change(client)

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert code_of(answer) == "reauthentication_required"
    assert not mail.outbox
    assert client.get("/auth/email").json() == {"email": ADDRESS, "pending": None}


def test_sc_080_the_proof_holds_for_five_minutes_and_one_login(
    sign_in: SignIn, ada: User
) -> None:
    now = datetime.now(UTC)
    with time_machine.travel(now, tick=False) as clock:
        client, other = sign_in(ada), sign_in(ada)
        prove(client)

        assert code_of(change(other)) == "reauthentication_required"
        clock.move_to(now + timedelta(minutes=4))
        assert change(client).status_code == HTTPStatus.ACCEPTED
        clock.move_to(now + timedelta(minutes=4, seconds=58))
        assert change(client).status_code == HTTPStatus.ACCEPTED
        clock.move_to(now + timedelta(minutes=5, seconds=1))
        assert change(client).status_code == HTTPStatus.UNAUTHORIZED


def test_sc_076_the_old_address_works_until_the_new_one_is_confirmed(
    client: Api, ada: User
) -> None:
    answer = change(client)

    assert answer.status_code == HTTPStatus.ACCEPTED
    assert answer.json() == {"email": ADDRESS, "pending": NEW}
    assert client.get("/auth/email").json() == answer.json()
    assert login(Api()).status_code == HTTPStatus.OK
    assert code_of(login(Api(), NEW)) == "invalid_credentials"
    assert addresses(ada) == [(ADDRESS, True)]

    answer = confirm(client, last_code(NEW))

    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == {"email": NEW, "pending": None}
    assert addresses(ada) == [(NEW, True)]
    ada.refresh_from_db()
    assert ada.email == NEW
    assert is_signed_in(client)
    assert client.get("/auth/me").json()["email"] == NEW
    assert login(Api(), NEW).status_code == HTTPStatus.OK
    assert code_of(login(Api())) == "invalid_credentials"
    page_login(ada)


def test_sc_076_both_addresses_are_notified(client: Api) -> None:
    change(client)
    code = last_code(NEW)
    mail.outbox.clear()

    confirm(client, code)

    assert {tuple(m.to) for m in mail.outbox} == {(ADDRESS,), (NEW,)}
    for address in (ADDRESS, NEW):
        assert f"from {ADDRESS} to {NEW}" in last_mail(address)


def test_sc_077_a_taken_address_answers_like_a_free_one(
    client: Api, make_user: MakeUser, ada: User
) -> None:
    bob = make_user("bob")
    free, taken = change(client), change(client, bob.email)

    assert taken.status_code == free.status_code
    assert taken.json() == {**free.json(), "pending": bob.email}
    assert taken.headers.keys() == free.headers.keys()
    assert client.get("/auth/email").json() == {"email": ADDRESS, "pending": bob.email}
    wrong = confirm(client, "AAAA-AAAA")
    assert wrong.status_code == HTTPStatus.BAD_REQUEST
    assert code_of(wrong) == "incorrect_code"

    # Even with the code, which only Bob has.
    answer = confirm(client, last_code(bob.email))

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert code_of(answer) == "email_taken"
    assert addresses(ada) == [(ADDRESS, True)]
    assert addresses(bob) == [(bob.email, True)]


def test_sc_077_an_address_somebody_else_registered_first_is_not_taken_over(
    client: Api, make_user: MakeUser, ada: User
) -> None:
    carl = make_user("carl", verified=False)
    assert change(client, carl.email).status_code == HTTPStatus.ACCEPTED

    answer = confirm(client, last_code(carl.email))

    assert answer.status_code == HTTPStatus.CONFLICT
    assert code_of(answer) == "conflict"
    assert addresses(ada) == [(ADDRESS, True)]
    ada.refresh_from_db()
    assert ada.email == ADDRESS


def test_ones_own_address_is_no_change(client: Api) -> None:
    answer = change(client, "ADA@example.com")

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert code_of(answer) == "duplicate_email"
    assert not mail.outbox


def test_a_change_can_be_left(client: Api) -> None:
    change(client)
    code = last_code(NEW)

    assert client.delete("/auth/email").status_code == HTTPStatus.NO_CONTENT

    assert client.get("/auth/email").json() == {"email": ADDRESS, "pending": None}
    assert code_of(confirm(client, code)) == "flow_not_pending"
    assert code_of(client.delete("/auth/email")) == "flow_not_pending"


def test_a_code_of_one_login_is_nothing_in_another(
    client: Api, sign_in: SignIn, ada: User
) -> None:
    other = sign_in(ada)
    change(client)

    answer = confirm(other, last_code(NEW))

    assert answer.status_code == HTTPStatus.CONFLICT
    assert code_of(answer) == "flow_not_pending"


def test_three_wrong_codes_end_the_change(client: Api) -> None:
    change(client)
    for _ in range(3):
        assert code_of(confirm(client, "AAAA-AAAA")) == "incorrect_code"

    answer = confirm(client, last_code(NEW))

    assert code_of(answer) == "flow_not_pending"
    assert change(client).status_code == HTTPStatus.ACCEPTED
    assert confirm(client, last_code(NEW)).status_code == HTTPStatus.OK


def test_a_new_code_replaces_the_old_one(client: Api) -> None:
    change(client)
    first = last_code(NEW)
    change(client)

    assert code_of(confirm(client, first)) == "incorrect_code"
    assert confirm(client, last_code(NEW)).status_code == HTTPStatus.OK


def test_a_code_is_good_for_ten_minutes(client: Api) -> None:
    now = datetime.now(UTC)
    with time_machine.travel(now, tick=False) as clock:
        # The access token would be too old: this is the same login, refreshed.
        change(client)
        code = last_code(NEW)
        clock.move_to(now + timedelta(minutes=10, seconds=1))
        tokens = Api().post("/auth/refresh", {"refresh": client.tokens["refresh"]})
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.json()['access']}")

        assert client.get("/auth/email").json()["pending"] is None
        assert code_of(confirm(client, code)) == "flow_not_pending"


def test_too_many_changes_are_refused(client: Api) -> None:
    answers = [change(client, f"{number}@example.com") for number in range(11)]

    assert answers[-1].status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert code_of(answers[-1]) == "rate_limited"
    assert "Retry-After" in answers[-1]
    assert len(mail.outbox) <= 10


@pytest.mark.parametrize(
    "email", ["x", "", None, ["a@example.com"], "a\x00@example.com"]
)
def test_what_is_no_address_is_refused(client: Api, email: object) -> None:
    answer = client.post("/auth/email", {"email": email})

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["errors"][0]["attr"] == "email"


def test_nobody_has_no_address(api: Api) -> None:
    for answer in (
        api.get("/auth/email"),
        api.post("/auth/email", {"email": NEW}),
        api.delete("/auth/email"),
        api.post("/auth/email/confirm", {"code": "x"}),
    ):
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
