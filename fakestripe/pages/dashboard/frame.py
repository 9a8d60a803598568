"""What all pages of the dashboard have around them, and its tables."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from fakestripe.pages.render import Html, Response, joined, link, page, part

if TYPE_CHECKING:
    from fakestripe.world import World

LISTS = (
    "customers", "subscriptions", "invoices", "payments", "disputes", "events",
)  # fmt: skip
TABS = (*LISTS, "webhooks")
LONGEST_ID = 20


def framed(
    world: "World",
    title: str,
    content: Html,
    *,
    tab: str = "",
    status: int = HTTPStatus.OK,
) -> Response:
    tabs = [("", "Overview"), *((name, name.title()) for name in TABS)]
    return page(
        "dashboard.html",
        title=f"{title} · Offline Stripe",
        status=status,
        content=content,
        heading=title,
        now=moment(world.clock.now()),
        tabs=joined([_tab(name, text, is_open=name == tab) for name, text in tabs]),
    )


def _tab(name: str, text: str, *, is_open: bool) -> Html:
    url = f"/dashboard/{name}" if name else "/dashboard"
    return part(
        "dashboard_tab.html",
        url=url,
        text=text,
        state=Html(' aria-current="page"') if is_open else "",
    )


def table(heads: list[str], rows: list[list[str | Html]], empty: str) -> Html:
    """A table that scrolls by itself where the screen is narrow."""
    if not rows:
        return part("dashboard_empty.html", text=empty)
    return part(
        "dashboard_table.html",
        heads=joined([part("dashboard_head.html", text=head) for head in heads]),
        rows=joined([_row(row) for row in rows]),
    )


def _row(cells: list[str | Html]) -> Html:
    inside = joined([part("dashboard_cell.html", text=cell) for cell in cells])
    return part("dashboard_row.html", cells=inside)


def to_object(id_: str | None, text: str | None = None) -> Html | str:
    """A link; a long id is shown by its beginning."""
    if not id_:
        return ""
    shown = id_ if len(id_) <= LONGEST_ID else f"{id_[: LONGEST_ID - 3]}…"
    return link(f"/dashboard/objects/{id_}", text or shown)


def press(url: str, text: str, name: str = "", value: str = "") -> Html:
    """A button that posts; `name` and `value` go along."""
    return part("dashboard_button.html", url=url, text=text, name=name, value=value)


def pressing(*buttons: Html) -> Html:
    """Buttons beside each other."""
    return part("dashboard_buttons.html", buttons=joined(list(buttons)))


def moment(seconds: float) -> str:
    """For example `22 Nov 2026, 21:14:05 UTC`."""
    at = datetime.fromtimestamp(seconds, UTC)
    return at.strftime("%-d %b %Y, %H:%M:%S UTC")
