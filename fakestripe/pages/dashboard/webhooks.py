"""The endpoints with their secrets, and the latest attempts to reach them."""

from typing import TYPE_CHECKING

from fakestripe.pages.badges import badge
from fakestripe.pages.dashboard import frame
from fakestripe.pages.render import Html, Response, link, part, redirect
from fakestripe.state.store import Object
from fakestripe.webhooks import deliveries, endpoints

if TYPE_CHECKING:
    from fakestripe.world import World

SHOWN = 50


def show(world: "World") -> Response:
    rows = [_endpoint(world, e) for e in world.store.find("webhook_endpoint")]
    attempts = [_attempt(entry) for entry in reversed(deliveries.log(world, SHOWN))]
    heads = ["Endpoint", "", "Events", "Secret", ""]
    told = ["At", "Event", "Endpoint", "Status", "Answer", "Took"]
    content = part(
        "dashboard_webhooks.html",
        endpoints=frame.table(heads, rows, "No endpoint: nothing is sent."),
        attempts=frame.table(told, attempts, "Nothing was sent yet."),
    )
    return frame.framed(world, "Webhooks", content, tab="webhooks")


def roll(world: "World", id_: str) -> Response:
    """A new secret; for a day the old one signs too."""
    endpoints.roll_secret(world, id_)
    return redirect("/dashboard/webhooks")


def switch(world: "World", id_: str) -> Response:
    """On or off."""
    is_on = world.get("webhook_endpoint", id_)["status"] == "enabled"
    endpoints.update(world, {"disabled": is_on}, id_)
    return redirect("/dashboard/webhooks")


def _endpoint(world: "World", endpoint: Object) -> list[str | Html]:
    url = f"/dashboard/webhooks/{endpoint['id']}"
    is_on = endpoint["status"] == "enabled"
    types = endpoint["enabled_events"]
    older = endpoints.older_secret(world, endpoint)
    until = frame.moment(endpoint["_older_until"]) if older else ""
    secret = f"{endpoint['_secret']} (the one before until {until})" if older else ""
    return [
        frame.to_object(endpoint["id"], endpoint["url"]),
        badge(endpoint["status"]),
        "all" if "*" in types else str(len(types)),
        part("dashboard_excerpt.html", text=secret or endpoint["_secret"]),
        frame.pressing(
            frame.press(f"{url}/roll", "Roll secret"),
            frame.press(f"{url}/switch", "Disable" if is_on else "Enable"),
        ),
    ]


def _attempt(entry: Object) -> list[str | Html]:
    outcome = entry["error"] if entry["status"] is None else str(entry["status"])
    return [
        frame.moment(entry["at"]),
        link(f"/dashboard/events/{entry['event']}", entry["type"]),
        part("dashboard_excerpt.html", text=entry["url"]),
        part("dashboard_excerpt.html", text=outcome),
        part("dashboard_excerpt.html", text=" ".join(entry["answer"].split())[:160]),
        f"{entry['seconds'] * 1000:.0f} ms",
    ]
