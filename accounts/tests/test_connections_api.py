"""Providers connected and disconnected over the API; the pages: test_provider_login.py."""

from http import HTTPStatus
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.http import HttpResponse

from accounts.models import AuditEvent, User
from accounts.providers.connections import connections_of
from accounts.tests.conftest import Api, SignIn, bearer, code_of
from accounts.tests.identity_provider import IdentityProvider
from accounts.tests.races import at_once
from accounts.tests.test_provider_login_api import sign_in_by, token_of
from conftest import PASSWORD, MakeUser

URL = "/auth/providers"


@pytest.fixture
def client(sign_in: SignIn, ada: User) -> Api:
    """Of ada, who has just proved who she is."""
    return proven(sign_in(ada))


def proven(client: Api) -> Api:
    answer = client.post("/auth/reauthenticate", {"password": PASSWORD})
    assert answer.status_code == HTTPStatus.NO_CONTENT
    return client


def connect(client: Api, token: Any, provider: str = "acme") -> HttpResponse:
    return client.post(URL, {"provider": provider, "id_token": token})


def events() -> list[str]:
    found = AuditEvent.objects.filter(event__startswith="provider.")
    return list(found.order_by("created_at").values_list("event", flat=True))


@pytest.mark.parametrize(
    ("kind", "name"), [("acme", "Acme"), ("google", "Google")], ids=["acme", "google"]
)
def test_a_provider_is_connected_listed_and_disconnected(
    client: Api, provider: IdentityProvider, ada: User, kind: str, name: str
) -> None:
    provider.person["email"] = "ada@elsewhere.example.com"

    made = connect(client, token_of(provider, kind), kind)
    listed = client.get(URL).json()

    assert made.status_code == HTTPStatus.CREATED, made.json()
    assert listed["results"] == [made.json()]
    row = SocialAccount.objects.get(user=ada)
    assert made.json()["provider"] == row.provider == kind
    assert (made.json()["name"], made.json()["is_on"]) == (name, True)
    assert made.json()["label"] == "ada@elsewhere.example.com"
    assert str(row.pk) not in made.json()["id"].split("-")
    again = token_of(provider, kind, email=ada.email)
    assert sign_in_by(Api(), again, kind).json()["user"]["id"] == str(ada.pk)

    gone = client.delete(f"{URL}/{made.json()['id']}")

    assert gone.status_code == HTTPStatus.NO_CONTENT
    assert client.get(URL).json()["results"] == []
    assert events() == ["provider.connected", "provider.disconnected"]
    subjects = [m.subject for m in mail.outbox if m.to == [ada.email]]
    assert f"{name} was connected to your account" in subjects
    assert f"{name} was disconnected from your account" in subjects


def test_the_list_says_what_there_is_to_connect(
    client: Api, provider: IdentityProvider
) -> None:
    found = client.get(URL).json()

    assert found["results"] == []
    told = {
        p["provider"]: (p["name"], p["takes_id_tokens"]) for p in found["providers"]
    }
    assert told == {
        "acme": ("Acme", True),
        "google": ("Google", True),
        "github": ("GitHub", False),
    }


def test_connected_twice_is_connected_once(
    client: Api, provider: IdentityProvider
) -> None:
    first = connect(client, token_of(provider))
    second = connect(client, token_of(provider, email="moved@example.com"))

    assert second.status_code == HTTPStatus.OK
    assert second.json()["id"] == first.json()["id"]
    assert events() == ["provider.connected"]


def test_sc_081_to_connect_and_disconnect_asks_for_a_proof_first(
    sign_in: SignIn, ada: User, provider: IdentityProvider
) -> None:
    """And leaves the token good for the second try."""
    client, token = sign_in(ada), token_of(provider)
    refused = connect(client, token)
    assert refused.status_code == HTTPStatus.UNAUTHORIZED
    assert code_of(refused) == "reauthentication_required"

    made = connect(proven(client), token)

    assert made.status_code == HTTPStatus.CREATED
    later = sign_in(ada)
    kept = later.delete(f"{URL}/{made.json()['id']}")
    assert code_of(kept) == "reauthentication_required"
    assert SocialAccount.objects.exists()


def test_sc_081_a_connection_of_somebody_else_is_not_taken_over_the_api(
    client: Api, provider: IdentityProvider, make_user: MakeUser
) -> None:
    grace = make_user("grace")
    SocialAccount.objects.create(
        user=grace, provider="acme", uid=provider.person["sub"]
    )

    answer = connect(client, token_of(provider))

    assert answer.status_code == HTTPStatus.CONFLICT
    assert code_of(answer) == "connected_elsewhere"
    assert SocialAccount.objects.get().user == grace
    assert events() == []


def test_what_is_no_token_for_us_connects_nothing(
    client: Api, provider: IdentityProvider
) -> None:
    foreign = connect(client, provider.id_token(aud="their-client"))
    used = token_of(provider)
    sign_in_by(Api(), used)
    again = connect(client, used)
    without = connect(client, token_of(provider), "github")
    unknown = connect(client, token_of(provider), "none")

    assert code_of(foreign) == code_of(again) == "invalid_token"
    assert code_of(without) == "provider_without_id_tokens"
    assert code_of(unknown) == "unknown_provider"
    assert not SocialAccount.objects.exists()


def test_the_last_way_in_is_not_left(api: Api, provider: IdentityProvider) -> None:
    bearer(api, sign_in_by(api, token_of(provider)).json()["access"])
    (row,) = api.get(URL).json()["results"]

    answer = api.delete(f"{URL}/{row['id']}")

    assert answer.status_code == HTTPStatus.CONFLICT
    assert code_of(answer) == "last_way_in"
    assert SocialAccount.objects.exists()
    assert not Authenticator.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_that_are_left_at_once_one_stays(provider: IdentityProvider) -> None:
    """Each would see the other still there."""
    tokens = sign_in_by(Api(), token_of(provider)).json()
    user = SocialAccount.objects.get().user
    SocialAccount.objects.create(user=user, provider="google", uid="7")
    ids = [row.id for row in connections_of(user)]

    def leave() -> int:
        client = Api()
        bearer(client, tokens["access"])
        return client.delete(f"{URL}/{ids.pop()}").status_code

    assert sorted(at_once(2, leave)) == [HTTPStatus.NO_CONTENT, HTTPStatus.CONFLICT]
    assert SocialAccount.objects.count() == 1


def test_switched_off_it_is_left_all_the_same(client: Api, ada: User) -> None:
    SocialAccount.objects.create(user=ada, provider="gone", uid="7")
    (row,) = client.get(URL).json()["results"]
    assert (row["name"], row["label"], row["is_on"]) == ("gone", "", False)

    answer = client.delete(f"{URL}/{row['id']}")

    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert not SocialAccount.objects.exists()
    assert events() == ["provider.disconnected"]
    assert "gone was disconnected" in mail.outbox[-1].subject
