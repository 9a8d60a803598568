"""What a passkey proves, and what is no proof: over the API and on pages alike."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from fido2.utils import websafe_encode

from accounts.models import AuthSession, User
from accounts.tests.authenticator import SecurityKey
from accounts.tests.conftest import Api, Browser, SignIn, code_of
from accounts.tests.pages import in_the_design, reauthenticated
from accounts.tests.races import at_once
from accounts.tests.second_factors import (
    by_key,
    flow_of,
    options_in,
    reauthenticate,
    with_app,
    with_key,
)
from accounts.tests.test_logout import sees_account
from conftest import PASSWORD, MakeUser

PAGE = "/accounts/2fa/authenticate/"
ADD = "/accounts/2fa/webauthn/add/"


@pytest.fixture
def client(ada: User, sign_in: SignIn) -> Api:
    client = sign_in(ada)
    reauthenticate(client)
    return client


@pytest.fixture
def key(client: Api) -> SecurityKey:
    return with_key(client)


class OverApi:
    def __init__(self, user: User) -> None:
        self.flow = flow_of(user)
        self.options = options_in(self.flow)

    def enter(self, credential: Any) -> bool:
        body = {"flow": self.flow, "credential": credential}
        answer = Api().post("/auth/login/mfa", body)
        assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
        if answer.status_code != HTTPStatus.OK:
            assert code_of(answer) in {"incorrect_code", "flow_not_pending"}
        return answer.status_code == HTTPStatus.OK


class OnPages:
    def __init__(self, user: User) -> None:
        self.browser = Browser()
        form = {"login": user.email, "password": PASSWORD}
        page = self.browser.post("/accounts/login/", form, follow=True)
        self.options = page.context["js_data"]["request_options"]

    def enter(self, credential: Any) -> bool:
        self.browser.post(PAGE, {"credential": json.dumps(credential)})
        return sees_account(self.browser)


Half = Callable[[User], OverApi | OnPages]
BOTH = pytest.mark.parametrize("half", [OverApi, OnPages])


@BOTH
def test_sc_033_a_passkey_completes_a_login(
    ada: User, key: SecurityKey, half: Half
) -> None:
    begun = half(ada)

    assert begun.enter(key.sign(begun.options))


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://localhost.evil.example"},
        {"origin": "http://evil.localhost:8000"},
        {"origin": "http://localhost:8001"},
        {"domain": "evil.example"},
        {"user_handle": "somebody else"},
        {"id": b"another key that nobody has"},
        {"count": -1},
    ],
    ids=str,
)
@BOTH
def test_sc_034_what_another_page_or_key_has_signed_is_no_proof(
    ada: User, key: SecurityKey, half: Half, lie: dict[str, Any]
) -> None:
    key.count = 5
    begun = half(ada)
    assert begun.enter(key.sign(begun.options))
    for name, value in lie.items():
        setattr(key, name, value)

    begun = half(ada)

    assert not begun.enter(key.sign(begun.options))


@BOTH
def test_the_handle_of_its_owner_is_right(
    ada: User, key: SecurityKey, half: Half
) -> None:
    key.user_handle = user_pk_to_url_str(ada)
    begun = half(ada)

    assert begun.enter(key.sign(begun.options))


@BOTH
def test_sc_034_a_key_of_somebody_else_is_no_proof(
    ada: User, make_user: MakeUser, key: SecurityKey, half: Half
) -> None:
    grace = make_user("grace")
    with_app(grace)
    if half is OverApi:  # which offers none to who has none
        flow = flow_of(grace)
        answer = Api().post("/auth/login/mfa/options", {"flow": flow})
        assert code_of(answer) == "no_second_factor"
        begun: Any = OverApi(ada)
        begun.flow = flow
    else:
        begun = OnPages(grace)

    assert not begun.enter(key.sign(begun.options))


@BOTH
def test_sc_034_a_challenge_is_answered_once_and_in_its_login(
    ada: User, key: SecurityKey, half: Half
) -> None:
    first, second = half(ada), half(ada)
    of_first = key.sign(first.options)

    assert not second.enter(of_first)
    assert first.enter(of_first)
    assert not half(ada).enter(of_first)


@pytest.mark.django_db(transaction=True)
def test_sc_034_an_answer_sent_six_times_at_once_signs_in_once(
    make_user: MakeUser, sign_in: SignIn
) -> None:
    ada = make_user("ada")
    client = sign_in(ada)
    reauthenticate(client)
    key = with_key(client)
    flow = flow_of(ada)
    credential = key.sign(options_in(flow))
    body = {"flow": flow, "credential": credential}
    before = AuthSession.objects.count()

    answers = at_once(6, lambda: Api().post("/auth/login/mfa", body))

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(HTTPStatus.OK) == 1
    assert max(statuses) < HTTPStatus.INTERNAL_SERVER_ERROR
    assert AuthSession.objects.count() == before + 1


def test_sc_034_an_answer_is_good_once_also_for_who_still_knows_the_challenge(
    ada: User, key: SecurityKey
) -> None:
    """As a second request knows it that has read the session at the same time."""
    begun, late = OnPages(ada), Browser()
    session = late.session
    session.update(dict(begun.browser.session))
    session.save()
    key.count = -1  # signs with 0, as synchronized passkeys do: no counter tells
    credential = key.sign(begun.options)

    assert begun.enter(credential)
    late.post(PAGE, {"credential": json.dumps(credential)})

    assert not sees_account(late)


def test_a_copied_key_is_noticed_by_its_counter(ada: User, key: SecurityKey) -> None:
    copy = SecurityKey(id=key.id, private_key=key.private_key)
    for _ in range(3):
        assert by_key(flow_of(ada), key).status_code == HTTPStatus.OK

    assert code_of(by_key(flow_of(ada), copy)) == "incorrect_code"
    assert by_key(flow_of(ada), key).status_code == HTTPStatus.OK


@BOTH
def test_sc_036_wrong_answers_of_keys_are_counted_too(
    ada: User, key: SecurityKey, half: Half
) -> None:
    wrong = SecurityKey(id=key.id)
    for _ in range(5):
        begun = half(ada)
        assert not begun.enter(wrong.sign(begun.options))

    credential = key.sign(begun.options)
    if isinstance(begun, OverApi):
        body = {"flow": begun.flow, "credential": credential}
        answer = Api().post("/auth/login/mfa", body)
    else:
        answer = begun.browser.post(PAGE, {"credential": json.dumps(credential)})

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS


def spoiled(credential: dict[str, Any]) -> list[Any]:
    """What a fuzzer would send: each part missing, of another type, cut or not base64."""
    found: list[Any] = [{}, {"id": 1}, {"response": None}]
    for path in [
        ("id",),
        ("rawId",),
        ("response",),
        *[("response", k) for k in credential["response"]],
    ]:
        for value in (None, 7, "gA", [], websafe_encode(b"\x9f" * 600)):
            copy = json.loads(json.dumps(credential))
            place = copy
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
            found.append(copy)
    told = '{"type": 1, "challenge": 2, "origin": []}'
    for text in ("[1]", "{}", told, "\\ud800", "9" * 5000, "[" * 100_000):
        copy = json.loads(json.dumps(credential))
        copy["response"]["clientDataJSON"] = websafe_encode(text.encode())
        found.append(copy)
    return found


def test_malformed_answers_are_refused_and_never_crash(
    client: Api, ada: User, key: SecurityKey
) -> None:
    options = client.post("/auth/mfa/passkeys/options").json()
    for credential in spoiled(SecurityKey().make(options)):
        answer = client.post("/auth/mfa/passkeys", {"credential": credential})
        assert answer.status_code == HTTPStatus.BAD_REQUEST, credential
    begun = OverApi(ada)
    for credential in spoiled(key.sign(begun.options)):
        body = {"flow": begun.flow, "credential": credential}
        answer = Api().post("/auth/login/mfa", body)
        # Some are well formed and wrong, which is counted.
        assert answer.status_code in {400, 429}, credential
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_malformed_answers_are_refused_on_pages_too(ada: User) -> None:
    browser = reauthenticated(ada)
    options = browser.get(ADD).context["js_data"]["creation_options"]
    deep, long = "[" * 100_000, "9" * 5000
    texts = [json.dumps(c) for c in spoiled(SecurityKey().make(options))[::7]]
    for text in [*texts, "", "{", "null", '"\\u0000"', deep, long]:
        answer = browser.post(ADD, {"name": "Key", "credential": text})
        assert answer.status_code == HTTPStatus.OK, text
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("lie", [{"origin": "https://evil.example"}, {"domain": "x"}])
def test_sc_034_a_key_made_on_another_page_is_not_added(
    client: Api, lie: dict[str, Any]
) -> None:
    options = client.post("/auth/mfa/passkeys/options").json()
    credential = SecurityKey(**lie).make(options)

    answer = client.post("/auth/mfa/passkeys", {"credential": credential})

    assert code_of(answer) == "incorrect_code"
    assert not Authenticator.objects.exists()


def test_a_registration_is_accepted_once(client: Api) -> None:
    options = client.post("/auth/mfa/passkeys/options").json()
    credential = SecurityKey().make(options)
    body = {"name": "Key", "credential": credential}
    assert client.post("/auth/mfa/passkeys", body).status_code == HTTPStatus.CREATED

    assert code_of(client.post("/auth/mfa/passkeys", body)) == "incorrect_code"


def test_nothing_else_that_a_client_sends_along_is_kept(client: Api) -> None:
    options = client.post("/auth/mfa/passkeys/options").json()
    credential = SecurityKey().make(options) | {"more": "x" * 100_000}
    credential["response"]["transports"] = ["usb"]

    client.post("/auth/mfa/passkeys", {"name": "Key", "credential": credential})

    kept = Authenticator.objects.get(type="webauthn").data["credential"]
    assert kept.keys() == {"id", "rawId", "type", "response", "clientExtensionResults"}
    assert kept["response"].keys() == {"clientDataJSON", "attestationObject"}


@pytest.mark.parametrize("host", ["localhost", "testserver"])
def test_the_host_header_does_not_choose_the_domain(client: Api, host: str) -> None:
    options = client.post("/auth/mfa/passkeys/options", HTTP_HOST=host).json()

    assert options["publicKey"]["rp"] == {"id": "localhost", "name": "SaaS"}


@pytest.mark.parametrize("name", ["", "x" * 101, "two\nlines", "nul\0"])
def test_a_name_is_one_short_line(client: Api, key: SecurityKey, name: str) -> None:
    passkey = client.get("/auth/mfa").json()["results"][0]["id"]

    answer = client.patch(f"/auth/mfa/passkeys/{passkey}", {"name": name})
    browser = Browser()
    browser.force_login(User.objects.get())
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    pk = Authenticator.objects.get(type="webauthn").pk
    page = browser.post(f"/accounts/2fa/webauthn/keys/{pk}/edit/", {"name": name})

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert page.status_code == HTTPStatus.OK
    assert client.get("/auth/mfa").json()["results"][0]["name"] == "Key"


def test_sc_040_pages_of_factors_ask_again_and_are_in_the_design(
    ada: User, make_user: MakeUser
) -> None:
    browser = reauthenticated(ada)
    page = browser.get(ADD)
    in_the_design(page)
    made = SecurityKey().make(page.context["js_data"]["creation_options"])
    form = {"name": "<b>Key</b>", "credential": json.dumps(made)}
    codes = browser.post(ADD, form, follow=True)
    assert codes.context["can_view_codes"]
    in_the_design(codes)
    assert "<b>Key" not in in_the_design(browser.get("/accounts/2fa/webauthn/"))
    pk = Authenticator.objects.get(type="webauthn").pk
    keys = f"/accounts/2fa/webauthn/keys/{pk}/"
    for path in (
        f"{keys}edit/",
        f"{keys}remove/",
        "/accounts/2fa/webauthn/reauthenticate/",
    ):
        in_the_design(browser.get(path))
    assert not browser.get("/accounts/2fa/recovery-codes/").context["can_view_codes"]

    stale = Browser()
    stale.force_login(ada)
    guarded = [
        ADD,
        f"{keys}edit/",
        f"{keys}remove/",
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/recovery-codes/",
        "/accounts/2fa/recovery-codes/generate/",
    ]
    for path in guarded:
        for answer in (stale.get(path), stale.post(path, {"name": "x", "code": "1"})):
            if answer.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
                assert answer["Location"].startswith("/accounts/reauthenticate/"), path
    stranger = reauthenticated(make_user("grace"))
    for path in (f"{keys}edit/", f"{keys}remove/"):
        assert stranger.post(path).status_code == HTTPStatus.NOT_FOUND
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_a_page_takes_a_passkey_instead_of_the_password_and_says_what_is_wrong(
    ada: User,
) -> None:
    browser = reauthenticated(ada)
    key = SecurityKey()
    options = browser.get(ADD).context["js_data"]["creation_options"]
    form = {"name": "Key", "credential": json.dumps(key.make(options))}
    browser.post(ADD, form)
    again = Browser()
    again.force_login(ada)
    path = f"/accounts/2fa/webauthn/reauthenticate/?next={ADD}"

    wrong = again.post(path, {"credential": '{"id": 1}'}, follow=True)
    assert wrong.redirect_chain[0][0] == path
    assert "Incorrect code" in wrong.content.decode()
    options = wrong.context["js_data"]["request_options"]
    proof = {"credential": json.dumps(key.sign(options)), "next": ADD}
    right = again.post(path, proof)

    assert right["Location"] == ADD
    assert again.get(ADD).status_code == HTTPStatus.OK
