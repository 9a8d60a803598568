"""HTML from templates. Every value is escaped, unless it is `Html` itself."""

import html
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from importlib import resources
from typing import Any

PACKAGE = resources.files("fakestripe.pages")


class Html(str):
    """Text that is HTML already."""


NOTHING = Html("")


@dataclass
class Response:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Instead(Exception):
    """Another page has to be shown than the one that was asked for."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def part(template: str, **values: Any) -> Html:
    """The template with its `$names` filled."""
    text = (PACKAGE / "templates" / template).read_text(encoding="utf-8")
    safe = {name: escaped(value) for name, value in values.items()}
    return Html(string.Template(text).substitute(safe))


def escaped(value: Any) -> str:
    return value if isinstance(value, Html) else html.escape(str(value))


def joined(parts: list[Html]) -> Html:
    return Html("".join(parts))


def page(
    template: str, *, title: str, status: int = HTTPStatus.OK, **values: Any
) -> Response:
    """The template inside the layout."""
    content = part(template, **values)
    document = part("layout.html", title=title, content=content)
    return Response(
        int(status),
        document.encode(),
        {
            "Content-Type": "text/html; charset=utf-8",
            # The pages need no script; nothing else may bring one in.
            "Content-Security-Policy": "default-src 'none'; style-src 'self';"
            " img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
            "Cache-Control": "no-store",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


def message(status: int, heading: str, text: str, link: Html = NOTHING) -> Response:
    return page(
        "message.html",
        title=heading,
        status=status,
        heading=heading,
        text=text,
        link=link,
    )


def redirect(url: str) -> Response:
    return Response(int(HTTPStatus.SEE_OTHER), b"", {"Location": url})


def link(url: str, text: str, *, is_button: bool = False) -> Html:
    css = Html(' class="button"') if is_button else Html("")
    return Html(f'<a{css} href="{escaped(url)}">{escaped(text)}</a>')


def short_day(moment: int) -> str:
    """For example `22 Dec 2026`."""
    return datetime.fromtimestamp(moment, UTC).strftime("%-d %b %Y")


def day(moment: int) -> str:
    """For example `22 December 2026`."""
    return datetime.fromtimestamp(moment, UTC).strftime("%-d %B %Y")
