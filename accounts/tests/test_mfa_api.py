"""Second factors over the API: set up, used, taken away."""

from http import HTTPStatus
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from fido2.utils import websafe_encode

from accounts.models import User
from accounts.tests.conftest import Api, SignIn, code_of
from accounts.tests.second_factors import (
    WRONG,
    by_code,
    by_key,
    flow_of,
    reauthenticate,
    with_app,
    with_codes,
    with_key,
)
from accounts.tests.test_login import totp_code

GUARDED = [
    ("POST", "/auth/mfa/totp", {}),
    ("POST", "/auth/mfa/totp/activate", {"code": "123456"}),
    ("DELETE", "/auth/mfa/totp", {}),
    ("POST", "/auth/mfa/recovery_codes", {}),
    ("POST", "/auth/mfa/recovery_codes/view", {}),
    ("POST", "/auth/mfa/passkeys/options", {}),
    ("POST", "/auth/mfa/passkeys", {"credential": {}}),
]


@pytest.fixture
def client(ada: User, sign_in: SignIn) -> Api:
    """Ada's, who has just proved again who she is."""
    client = sign_in(ada)
    reauthenticate(client)
    return client


def types(client: Api) -> list[str]:
    return [factor["type"] for factor in client.get("/auth/mfa").json()["results"]]


def subjects() -> list[str]:
    return [message.subject for message in mail.outbox]


def test_an_app_is_set_up_used_and_removed(client: Api, ada: User) -> None:
    nothing = client.get("/auth/mfa").json()
    assert nothing == {"is_enabled": False, "is_required": False, "results": []}

    begun = client.post("/auth/mfa/totp").json()
    assert begun.keys() == {"secret", "uri"}
    assert begun["uri"].startswith("otpauth://totp/ada%40example.com?secret=")
    wrong = client.post("/auth/mfa/totp/activate", {"code": WRONG})
    assert code_of(wrong) == "incorrect_code"
    code = totp_code(begun["secret"])
    activated = client.post("/auth/mfa/totp/activate", {"code": code})

    assert activated.status_code == HTTPStatus.OK
    assert activated.json()["is_enabled"]
    assert types(client) == ["totp", "recovery_codes"]
    assert begun["secret"] not in client.get("/auth/mfa").text
    assert "An authenticator app was added" in subjects()
    assert code_of(client.post("/auth/mfa/totp")) == "second_factor_exists"
    again = client.post("/auth/mfa/totp/activate", {"code": code})
    assert code_of(again) == "second_factor_exists"

    removed = client.delete("/auth/mfa/totp")
    assert removed.status_code == HTTPStatus.NO_CONTENT
    assert types(client) == []
    assert "An authenticator app was removed" in subjects()
    assert code_of(client.delete("/auth/mfa/totp")) == "no_second_factor"


def test_sc_035_the_code_that_set_up_the_app_signs_nobody_in(
    client: Api, ada: User
) -> None:
    secret = client.post("/auth/mfa/totp").json()["secret"]
    code = totp_code(secret)
    client.post("/auth/mfa/totp/activate", {"code": code})

    assert code_of(by_code(flow_of(ada), code)) == "incorrect_code"


def test_sc_038_recovery_codes_are_shown_once(client: Api, ada: User) -> None:
    secret = client.post("/auth/mfa/totp").json()["secret"]
    client.post("/auth/mfa/totp/activate", {"code": totp_code(secret)})

    first = client.post("/auth/mfa/recovery_codes/view")
    again = client.post("/auth/mfa/recovery_codes/view")

    assert len(first.json()["codes"]) == 10
    assert "Your recovery codes were shown" in subjects()
    assert again.status_code == HTTPStatus.CONFLICT
    assert code_of(again) == "recovery_codes_shown"


def test_sc_038_a_recovery_code_works_once_and_new_ones_end_the_old(
    client: Api, ada: User
) -> None:
    with_app(ada)
    first, second, *_ = with_codes(ada)

    assert by_code(flow_of(ada), first).status_code == HTTPStatus.OK
    assert code_of(by_code(flow_of(ada), first)) == "incorrect_code"
    made = client.post("/auth/mfa/recovery_codes")
    assert made.status_code == HTTPStatus.CREATED
    assert "New recovery codes were made" in subjects()
    assert code_of(by_code(flow_of(ada), second)) == "incorrect_code"
    assert by_code(flow_of(ada), made.json()["codes"][0]).status_code == HTTPStatus.OK


def test_recovery_codes_are_for_those_with_a_factor(client: Api) -> None:
    for path in ("/auth/mfa/recovery_codes", "/auth/mfa/recovery_codes/view"):
        answer = client.post(path)
        assert answer.status_code == HTTPStatus.CONFLICT
        assert code_of(answer) == "no_second_factor"


@pytest.mark.parametrize(("method", "path", "body"), GUARDED)
def test_sc_040_changing_factors_asks_who_is_there(
    ada: User, sign_in: SignIn, method: str, path: str, body: dict
) -> None:
    client = sign_in(ada)
    if "totp" not in path or method == "DELETE":
        with_app(ada)
        with_codes(ada)
    before = list(Authenticator.objects.order_by("pk").values())

    answer = getattr(client, method.lower())(path, body)

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert code_of(answer) == "reauthentication_required"
    assert list(Authenticator.objects.order_by("pk").values()) == before
    assert mail.outbox == []


def test_a_passkey_is_added_used_renamed_and_removed(client: Api, ada: User) -> None:
    key = with_key(client, "Blue key")
    assert "A passkey was added" in subjects()
    assert types(client) == ["webauthn", "recovery_codes"]

    assert by_key(flow_of(ada), key).status_code == HTTPStatus.OK
    passkey = client.get("/auth/mfa").json()["results"][0]
    assert passkey["name"] == "Blue key"
    assert passkey["last_used_at"]
    path = f"/auth/mfa/passkeys/{passkey['id']}"
    assert client.patch(path, {"name": "Red key"}).json()["name"] == "Red key"
    assert client.delete(path).status_code == HTTPStatus.NO_CONTENT
    assert types(client) == []
    assert "A passkey was removed" in subjects()
    assert client.delete(path).status_code == HTTPStatus.NOT_FOUND


def test_the_export_names_the_passkeys_and_tells_no_secret(client: Api) -> None:
    key = with_key(client, "Blue key")

    told = client.get("/auth/me/export")

    factors = told.json()["account"]["second_factors"]
    assert [(f["type"], f["name"]) for f in factors] == [
        ("webauthn", "Blue key"),
        ("recovery_codes", None),
    ]
    assert websafe_encode(key.id) not in told.text
    assert "seed" not in told.text


def test_a_passkey_of_somebody_else_is_not_there(
    client: Api, ada: User, make_user: object, sign_in: SignIn
) -> None:
    with_key(client)
    passkey = client.get("/auth/mfa").json()["results"][0]["id"]
    other = sign_in(make_user("grace"))
    reauthenticate(other)

    for known in (passkey, uuid4()):
        path = f"/auth/mfa/passkeys/{known}"
        assert other.delete(path).status_code == HTTPStatus.NOT_FOUND
        answer = other.patch(path, {"name": "Mine"})
        assert answer.status_code == HTTPStatus.NOT_FOUND
    assert types(client) == ["webauthn", "recovery_codes"]


def test_sc_079_a_factor_proves_again_who_one_is(ada: User, sign_in: SignIn) -> None:
    """Also before the account is deleted."""
    client = sign_in(ada)
    reauthenticate(client)
    key = with_key(client)
    flow = flow_of(ada)
    fresh = Api()
    fresh.credentials(HTTP_AUTHORIZATION=f"Bearer {by_key(flow, key).json()['access']}")
    assert code_of(fresh.delete("/auth/me")) == "reauthentication_required"

    options = fresh.post("/auth/reauthenticate/options").json()
    proved = fresh.post("/auth/reauthenticate", {"credential": key.sign(options)})

    assert proved.status_code == HTTPStatus.NO_CONTENT
    assert fresh.delete("/auth/me").status_code == HTTPStatus.NO_CONTENT
    assert not User.objects.exists()


def test_options_are_for_those_with_a_passkey(client: Api, ada: User) -> None:
    with_app(ada)
    in_flow = Api().post("/auth/login/mfa/options", {"flow": flow_of(ada)})
    assert code_of(client.post("/auth/reauthenticate/options")) == "no_second_factor"
    assert code_of(in_flow) == "no_second_factor"
