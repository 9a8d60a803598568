"""Webhook endpoints: https://docs.stripe.com/api/webhook_endpoints"""

from typing import TYPE_CHECKING

from fakestripe.state.clock import DAY
from fakestripe.state.ids import new_id
from fakestripe.state.store import Object, equals
from fakestripe.webhooks.events import API_VERSION
from fakestripe.wire.fields import (
    Flag,
    ListOf,
    Metadata,
    Params,
    Text,
    Url,
    merge_metadata,
)
from fakestripe.wire.lists import page, paged
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

EVENTS = ListOf(Text(longest=100), least=1)
URL = "/v1/webhook_endpoints"


def register(world: "World", url: str, secret: str, *, moving: bool = False) -> Object:
    """All events go to `url`; once for each address, the secret is the latest.

    With `moving`, one endpoint moves along: the site of a state file changed its port.
    """
    known = world.store.find("webhook_endpoint", equals("url", url))
    if not known and moving:
        known = world.store.find("webhook_endpoint", equals("_moving", True))
    endpoint = known[0] if known else create(world, {"url": url})
    endpoint.update(status="enabled", url=url, _secret=secret, _moving=moving)
    return endpoint


def roll_secret(
    world: "World", id_: str, secret: str | None = None, *, overlap: float = DAY
) -> str:
    """A new secret; the old one goes on signing too for `overlap` seconds.

    As in Stripe's dashboard; the API has no such call.

    Raises:
        ValueError: more than a day.
        StripeError: no such endpoint.
    """
    if not 0 <= overlap <= DAY:
        raise ValueError("the old secret can go on for at most a day")
    endpoint = world.get("webhook_endpoint", id_)
    endpoint["_older"] = endpoint["_secret"]
    endpoint["_older_until"] = world.clock.time() + overlap
    endpoint["_secret"] = secret or new_id("whsec_", 32)
    return endpoint["_secret"]


def older_secret(world: "World", endpoint: Object) -> str | None:
    """The secret before, while it signs too."""
    is_over = endpoint.get("_older_until", 0) <= world.clock.time()
    return None if is_over else endpoint["_older"]


def create(world: "World", params: Params) -> Object:
    return world.new(
        "webhook_endpoint",
        "we_",
        api_version=params.get("api_version") or API_VERSION,
        application=None,
        description=params.get("description"),
        enabled_events=params.get("enabled_events", ["*"]),
        metadata=merge_metadata({}, params.get("metadata")),
        status="enabled",
        url=params["url"],
        _secret=new_id("whsec_", 32),
    )


def create_and_tell(world: "World", params: Params) -> Object:
    endpoint = create(world, params)
    # The secret is told once, here.
    return {**endpoint, "secret": endpoint["_secret"]}


def update(world: "World", params: Params, id_: str) -> Object:
    endpoint = world.get("webhook_endpoint", id_)
    for name in ("url", "enabled_events", "description"):
        if name in params:
            endpoint[name] = params[name]
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    if "metadata" in params:
        endpoint["metadata"] = merge_metadata(endpoint["metadata"], params["metadata"])
    return endpoint


def delete(world: "World", params: Params, id_: str) -> Object:
    return world.delete("webhook_endpoint", id_)


def list_all(world: "World", params: Params) -> Object:
    return page(world, URL, "webhook_endpoint", params)


def get(world: "World", params: Params, id_: str) -> Object:
    return world.get("webhook_endpoint", id_)


ROUTES = [
    Route("GET", URL, list_all, paged()),
    Route(
        "POST",
        URL,
        create_and_tell,
        {
            "url": Url(required=True),
            "enabled_events": ListOf(Text(longest=100), least=1, required=True),
            "api_version": Text(clearable=True),
            "description": Text(clearable=True),
            "metadata": Metadata(),
        },
    ),
    Route("GET", URL + "/{id_}", get),
    Route(
        "POST",
        URL + "/{id_}",
        update,
        {
            "url": Url(),
            "enabled_events": EVENTS,
            "description": Text(clearable=True),
            "disabled": Flag(),
            "metadata": Metadata(),
        },
    ),
    Route("DELETE", URL + "/{id_}", delete),
]
