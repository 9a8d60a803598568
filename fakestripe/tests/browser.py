"""A customer at the hosted pages: forms are posted, redirects are not followed."""

import http.client
import urllib.parse
import urllib.request
from dataclasses import dataclass


@dataclass
class Page:
    status: int
    html: str
    location: str | None


def visit(url: str, form: dict[str, str] | None = None, **headers: str) -> Page:
    """GET, or POST when there is a form."""
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=10)
    body = None
    if form is not None:
        body = urllib.parse.urlencode(form)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    path = address.path + (f"?{address.query}" if address.query else "")
    connection.request("GET" if form is None else "POST", path, body, headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return Page(response.status, text, response.headers["Location"])


def fetch(url: str) -> tuple[str, bytes]:
    """The kind of what is there, and its bytes."""
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.headers["Content-Type"], response.read()


def card(number: str = "4242 4242 4242 4242", **more: str) -> dict[str, str]:
    """What is typed into the card form."""
    return {
        "number": number,
        "expiry": "12 / 40",
        "cvc": "123",
        "name": "Ann Example",
        **more,
    }
