"""The first page: what this is, and the way to everything else."""

from http import HTTPStatus

import pytest
from django.test import Client


@pytest.mark.parametrize(
    "link",
    ["/docs", "/openapi.json", "/admin/", "/accounts/login/", "/accounts/signup/"],
)
def test_home_leads_to(client: Client, link: str):
    response = client.get("/")

    assert response.status_code == HTTPStatus.OK
    assert f'href="{link}"' in response.text


def test_the_mailbox_is_for_development(client: Client, settings):
    settings.MAIL_IN_MAILBOX = False
    assert "/dev/mailbox" not in client.get("/").text

    settings.MAIL_IN_MAILBOX = True

    assert "/dev/mailbox" in client.get("/").text


def test_home_changes_nothing(client: Client):
    assert client.post("/").status_code == HTTPStatus.METHOD_NOT_ALLOWED
