"""The mailbox: every mail is found, by people and by scripts, and none can do harm."""

from http import HTTPStatus
from pathlib import Path

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.test import Client
from pytest_django import Settings

ATTACK = '<script>alert("x")</script>'


@pytest.fixture(autouse=True)
def mailbox(settings: Settings, tmp_path: Path) -> None:
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "dev.mailbox"]
    settings.EMAIL_BACKEND = "dev.mailbox.backend.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    settings.PAGE_PREFIXES = (*settings.PAGE_PREFIXES, "/dev/")


def send(subject: str, *to: str, text: str = "Hello", html: str = "") -> None:
    mail = EmailMultiAlternatives(subject, text, "us@example.com", list(to))
    if html:
        mail.attach_alternative(html, "text/html")
    mail.send()


def results(client: Client, to: str = "") -> list[dict[str, object]]:
    return client.get("/dev/mailbox.json", {"to": to}).json()["results"]


def test_newest_first_and_by_address(client: Client) -> None:
    send("One", "ada@example.com")
    send("Two", "bob@example.com", "Ada@example.com")
    send("Three", "bob@example.com")

    assert [mail["subject"] for mail in results(client)] == ["Three", "Two", "One"]
    found = results(client, to="ada@EXAMPLE.com")
    assert [mail["subject"] for mail in found] == ["Two", "One"]
    page = client.get("/dev/mailbox", {"to": "ada@example.com"}).content.decode()
    assert "Two" in page
    assert "Three" not in page


def test_hidden_recipients_are_found(client: Client) -> None:
    EmailMessage("Quiet", "Hello", bcc=["eve@example.com"]).send()

    assert [mail["to"] for mail in results(client)] == [["eve@example.com"]]


def test_text_with_every_letter_survives(client: Client) -> None:
    text = "Grüße, 你好 🎉\nhttps://example.com/" + "x" * 200

    send("Schöne Grüße 🎉", "ada@example.com", text=text)

    [mail] = results(client)
    assert mail["subject"] == "Schöne Grüße 🎉"
    assert str(mail["text"]).strip() == text
    page = client.get(f"/dev/mailbox/{mail['id']}").content.decode()
    assert 'href="https://example.com/xxx' in page


def test_the_console_shows_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    send("Your code", "ada@example.com", text="ABC-123")

    assert "ABC-123" in capsys.readouterr().out


def test_a_mail_cannot_run_anything(client: Client) -> None:
    send(ATTACK, "ada@example.com", text=ATTACK, html=f"<b>Hi</b>{ATTACK}")

    [mail] = results(client)
    pages = [client.get("/dev/mailbox"), client.get(f"/dev/mailbox/{mail['id']}")]
    for page in pages:
        assert "<script" not in page.content.decode()
        assert "&lt;script&gt;" in page.content.decode()
    framed = client.get(f"/dev/mailbox/{mail['id']}/html")
    policy = framed.headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in policy
    assert "default-src 'none'" in policy
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    "path", ["/dev/mailbox/nothing", "/dev/mailbox/nothing/html", "/dev/mailbox/../x"]
)
def test_unknown_mail_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == HTTPStatus.NOT_FOUND


def test_empty_mailbox(client: Client) -> None:
    assert results(client) == []
    assert "No mail yet" in client.get("/dev/mailbox").content.decode()
