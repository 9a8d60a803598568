"""One event with its deliveries and their answers, and the buttons to send it again."""

import json
from typing import TYPE_CHECKING

from fakestripe.pages.dashboard import frame
from fakestripe.pages.render import Html, Response, link, part, redirect
from fakestripe.state.store import Object
from fakestripe.webhooks import history
from fakestripe.wire.expand import public

if TYPE_CHECKING:
    from fakestripe.world import World

EXCERPT = 160
# The worst first: it is what a line about several deliveries shows.
STATES = {"failed": "bad", "dropped": "bad", "pending": "", "delivered": "good"}


def show(world: "World", id_: str) -> Response:
    event = world.get("event", id_)
    rows = [_delivery_row(world, record) for record in history.of(world, id_)]
    heads = ["Endpoint", "State", "Tries", "Status", "Answer", ""]
    content = part(
        "dashboard_event.html",
        deliveries=frame.table(heads, rows, "No endpoint wanted this event."),
        body=json.dumps(public(event), indent=2, ensure_ascii=False),
        resend=frame.press(f"/dashboard/events/{id_}/resend", "Send to all again"),
        about=frame.to_object(_about(event)),
        created=frame.moment(event["created"]),
    )
    return frame.framed(world, event["type"], content, tab="events")


def event_row(world: "World", event: Object) -> list[str | Html]:
    records = history.of(world, event["id"])
    states = {record.state for record in records}
    state = next((name for name in STATES if name in states), "")
    tried = [record for record in records if record.tries]
    return [
        link(f"/dashboard/events/{event['id']}", event["type"]),
        frame.to_object(_about(event)),
        frame.moment(event["created"]),
        _badge(state) if state else "nobody listens",
        str(sum(record.tries for record in records)),
        _answer(tried[-1]) if tried else "",
        frame.press(f"/dashboard/events/{event['id']}/resend", "Send again"),
    ]


def resend(world: "World", id_: str) -> Response:
    history.resend_event(world, world.get("event", id_))
    return redirect(f"/dashboard/events/{id_}")


def resend_delivery(world: "World", number: str) -> Response:
    return redirect(f"/dashboard/events/{history.resend(world, int(number))}")


def _delivery_row(world: "World", record: history.Record) -> list[str | Html]:
    endpoint = world.store.get(record.endpoint) or {}
    url = endpoint.get("url", f"{record.endpoint} (deleted)")
    return [
        f"{url} (duplicate)" if record.is_duplicate else url,
        _badge(record.state),
        str(record.tries),
        record.outcome,
        part("dashboard_excerpt.html", text=_excerpt(record.answer)),
        frame.press(f"/dashboard/deliveries/{record.id}/resend", "Send again"),
    ]


def _answer(record: history.Record) -> Html:
    text = f"{record.outcome} {_excerpt(record.answer)}".strip()
    return part("dashboard_excerpt.html", text=text)


def _excerpt(answer: str | None) -> str:
    """The body's beginning on one line."""
    text = " ".join((answer or "").split())
    return f"{text[:EXCERPT]} …" if len(text) > EXCERPT else text


def _about(event: Object) -> str | None:
    """The id of what the event is about; some objects have none."""
    return event["data"]["object"].get("id")


def _badge(state: str) -> Html:
    return part("badge.html", text=state.title(), css=STATES[state])
