"""The invoice and the receipt to keep, as PDF."""

import textwrap
from http import HTTPStatus

from fakestripe.pages.pdf import BOLD, GRAY, WIDTH, Pdf
from fakestripe.pages.render import Response
from fakestripe.resources import money

LEFT, RIGHT = 56, WIDTH - 56
BOTTOM = 780
LETTERS = 64
"""How many of them fit beside an amount."""
Row = tuple[str, str]


class Paper:
    """Written from top to bottom; a full page goes on with the next."""

    def __init__(self, title: str) -> None:
        self._pdf = Pdf(title)
        self._y = 72

    def heading(self, text: str) -> None:
        self._pdf.text(LEFT, self._y, text, size=22, font=BOLD)
        self._y += 34

    def facts(self, rows: list[Row]) -> None:
        """A name and its value each; long values go on below."""
        for name, value in rows:
            for number, line in enumerate(_wrapped(value)):
                self._need(16)
                if not number:
                    self._pdf.text(LEFT, self._y, name, color=GRAY)
                self._pdf.text(LEFT + 120, self._y, line)
                self._y += 16
        self._y += 12

    def big(self, text: str) -> None:
        self._y += 12
        self._pdf.text(LEFT, self._y, text, size=18, font=BOLD)
        self._y += 30

    def line(self, text: str, amount: str, below: str = "") -> None:
        """One row of the table; `below` in small letters."""
        wrapped = _wrapped(text)
        self._need(14 * len(wrapped) + 26)
        self._pdf.amount(RIGHT, self._y, amount)
        for part in wrapped:
            self._pdf.text(LEFT, self._y, part)
            self._y += 14
        if below:
            self._pdf.text(LEFT, self._y, below, size=8, color=GRAY)
            self._y += 14
        self._rule()

    def total(self, text: str, amount: str) -> None:
        self._need(26)
        self._pdf.text(LEFT, self._y, text, font=BOLD)
        self._pdf.amount(RIGHT, self._y, amount, font=BOLD)
        self._y += 14
        self._rule()

    def note(self, text: str) -> None:
        self._need(30)
        self._y += 16
        self._pdf.text(LEFT, self._y, text, size=8, color=GRAY)

    def response(self, name: str) -> Response:
        return Response(
            int(HTTPStatus.OK),
            self._pdf.render(),
            {
                "Content-Type": "application/pdf",
                "Content-Disposition": f'inline; filename="{name}.pdf"',
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )

    def _rule(self) -> None:
        self._pdf.rule(LEFT, self._y - 4, RIGHT - LEFT)
        self._y += 14

    def _need(self, height: int) -> None:
        if self._y + height > BOTTOM:
            self._pdf.new_page()
            self._y = 72


def shown_rows(rows: list[tuple[str, int]], currency: str) -> list[Row]:
    return [(text, money.shown(amount, currency)) for text, amount in rows]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, LETTERS) or [""]
