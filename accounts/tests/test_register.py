"""Registration: the same answer for everybody, and a code that belongs to its flow."""

import json
from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts.models import User
from accounts.tests.conftest import (
    ADDRESS,
    Api,
    last_code,
    last_mail,
    login,
    register,
)
from conftest import PASSWORD, MakeUser

SHARED_HEADERS = {"Content-Type", "Cache-Control", "Vary", "Allow"}


def test_sc_001_a_new_address_gets_a_code_and_no_tokens(api: Api) -> None:
    answer = register(api)

    assert answer.status_code == HTTPStatus.ACCEPTED
    assert answer.json().keys() == {"status", "flow"}
    assert answer.json()["status"] == "verification_sent"
    assert not answer.cookies
    assert [message.to for message in mail.outbox] == [[ADDRESS]]
    assert not EmailAddress.objects.get(email=ADDRESS).verified


@pytest.mark.parametrize("spelling", ["ada@example.com", "ADA@Example.com"])
@pytest.mark.parametrize("verified", [True, False])
def test_sc_002_a_taken_address_gets_the_same_answer(
    api: Api, make_user: MakeUser, spelling: str, verified: bool
) -> None:
    make_user("ada", verified=verified)
    fresh = register(api, "new@example.com")

    taken = register(api, spelling)

    assert taken.status_code == fresh.status_code == HTTPStatus.ACCEPTED
    assert taken.json().keys() == fresh.json().keys()
    assert taken.json()["status"] == fresh.json()["status"]
    assert taken.headers.keys() == fresh.headers.keys()
    for name in SHARED_HEADERS & taken.headers.keys():
        assert taken.headers[name] == fresh.headers[name]
    assert not taken.cookies
    assert User.objects.filter(email=ADDRESS).count() == 1
    assert "already" in last_mail(ADDRESS)


def test_the_code_completes_the_registration_and_signs_in(api: Api) -> None:
    flow = register(api).json()["flow"]

    answer = api.post("/auth/email/verify", {"flow": flow, "code": last_code()})

    assert answer.status_code == HTTPStatus.OK
    assert answer.json().keys() == {"access", "refresh", "user"}
    assert answer.json()["user"]["email"] == ADDRESS
    assert EmailAddress.objects.get(email=ADDRESS).verified
    assert login(api).status_code == HTTPStatus.OK


def test_sc_009_a_code_is_worth_nothing_in_another_flow(api: Api) -> None:
    register(api)
    code = last_code()
    other = register(api, "eve@example.com").json()["flow"]

    without = api.post("/auth/email/verify", {"code": code})
    elsewhere = api.post("/auth/email/verify", {"flow": other, "code": code})

    assert without.status_code == HTTPStatus.BAD_REQUEST
    assert elsewhere.status_code == HTTPStatus.BAD_REQUEST
    assert elsewhere.json()["errors"][0] == {
        "code": "incorrect_code",
        "detail": "Incorrect code.",
        "attr": "code",
    }
    assert not EmailAddress.objects.get(email=ADDRESS).verified


@pytest.mark.parametrize("flow", ["", "x", "a:b:c", "é" * 20])
def test_a_made_up_flow_is_refused(api: Api, flow: str) -> None:
    answer = api.post("/auth/email/verify", {"flow": flow, "code": "ABCD-EFGH"})

    assert answer.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": ADDRESS},
        {"email": "no address", "password": PASSWORD},
        {"email": ["a"], "password": PASSWORD},
        {"email": ADDRESS, "password": {"a": 1}},
        {"email": "a\x00@example.com", "password": PASSWORD},
        {"email": ADDRESS, "password": "a\x00bcdefghijkl"},
        {"email": ADDRESS, "password": "\ud800bcdefghijkl"},
        {"email": "a" * 300 + "@example.com", "password": PASSWORD},
        {"email": ADDRESS, "password": "x" * 129},
        {"email": ADDRESS, "password": "short"},
    ],
)
@pytest.mark.parametrize("route", ["register", "login"])
def test_what_cannot_be_right_is_a_clear_refusal(
    api: Api, route: str, body: dict[str, object]
) -> None:
    raw = json.dumps(body)  # escapes the lone surrogate, as JSON can

    answer = api.post(f"/auth/{route}", raw, content_type="application/json")

    assert answer.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}
    assert answer.json()["errors"][0]["code"]
    assert not User.objects.exists()
