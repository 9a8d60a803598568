"""What is stored about somebody, as one file."""

import json
from http import HTTPStatus
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.sessions.models import Session

from accounts import audit
from accounts.models import AuditEvent, AuthSession, User
from accounts.tests.conftest import Api, Browser, SignIn
from accounts.tests.test_logout import page_login


@pytest.fixture(autouse=True)
def one_exporter(settings: Any) -> None:
    settings.ACCOUNT_EXPORTERS = {"shop": f"{__name__}.orders"}


def orders(user: User) -> dict[str, Any]:
    return {"orders_of": user.email}


def test_the_export_is_a_file_with_every_part(
    sign_in: SignIn, ada: User, outsider: User
) -> None:
    client = sign_in(ada)
    page_login(ada)
    sign_in(outsider)

    answer = client.get("/auth/me/export")

    assert answer.status_code == HTTPStatus.OK
    assert answer["Content-Disposition"] == 'attachment; filename="export.json"'
    assert answer["Cache-Control"] == "no-store"
    found = answer.json()
    assert found["parts"] == {"shop": {"orders_of": ada.email}}
    account = found["account"]
    assert account["profile"]["id"] == str(ada.pk)
    assert account["addresses"] == [
        {"email": ada.email, "verified": True, "primary": True}
    ]
    assert [login["id"] for login in account["api_logins"]] == [
        str(AuthSession.objects.get(user=ada).pk)
    ]
    assert len(account["sessions"]) == 2  # of the page, and the one behind the API
    assert outsider.email not in answer.content.decode()


def test_the_export_tells_what_happened_without_places_of_others(
    sign_in: SignIn, ada: User, staff: User
) -> None:
    client = sign_in(ada)
    audit.record("password.set", user=ada, actor=staff)
    AuditEvent.objects.filter(actor=staff).update(ip="192.0.2.1")

    events = client.get("/auth/me/export").json()["account"]["security_events"]

    told = {row["event"]: row["ip"] for row in events}
    assert told == {"login.succeeded": "127.0.0.1", "password.set": None}


def test_sc_108_the_export_holds_no_secrets(sign_in: SignIn, ada: User) -> None:
    client = sign_in(ada)
    TOTP.activate(ada, generate_totp_secret())
    ada.refresh_from_db()

    text = client.get("/auth/me/export").content.decode()

    session = AuthSession.objects.get()
    assert Authenticator.objects.get().data["secret"] not in text
    assert ada.password not in text
    assert session.refresh_jti not in text
    assert session.auth_hash not in text
    assert [s for s in Session.objects.all() if s.session_key in text] == []
    assert [f["type"] for f in json.loads(text)["account"]["second_factors"]] == [
        "totp"
    ]


def test_the_page_gives_the_same_file(ada: User) -> None:
    browser = page_login(ada)

    answer = browser.get("/accounts/export/")

    assert answer["Content-Disposition"] == 'attachment; filename="export.json"'
    assert answer.json()["account"]["profile"]["email"] == ada.email


def test_nobody_gets_no_export(api: Api, browser: Browser) -> None:
    assert api.get("/auth/me/export").status_code == HTTPStatus.UNAUTHORIZED
    page = browser.get("/accounts/export/")
    assert page["Location"].startswith("/accounts/login/")
