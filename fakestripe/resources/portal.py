"""Sessions of the billing portal: https://docs.stripe.com/api/customer_portal"""

from typing import TYPE_CHECKING

from fakestripe.resources import portal_configuration
from fakestripe.state.clock import HOUR
from fakestripe.state.ids import new_id
from fakestripe.state.store import Object
from fakestripe.wire.errors import invalid
from fakestripe.wire.fields import Params, Text, Url
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/billing_portal/sessions"
OPEN_FOR = HOUR


def create(world: "World", params: Params) -> Object:
    customer = world.get("customer", params["customer"], param="customer")
    configuration = portal_configuration.get(
        world,
        {},
        params.get("configuration", portal_configuration.DEFAULT_ID),
        param="configuration",
    )
    if not configuration["active"]:
        raise invalid("This configuration is not active.", "configuration")
    token = new_id("", 64)
    return world.new(
        "billing_portal.session",
        "bps_",
        configuration=configuration["id"],
        customer=customer["id"],
        customer_account=None,
        flow=None,
        locale=params.get("locale"),
        on_behalf_of=None,
        return_url=params.get("return_url", configuration["default_return_url"]),
        url=f"{world.base_url}/p/session/{token}",
        _token=token,
    )


def is_open(world: "World", session: Object) -> bool:
    return world.clock.now() < session["created"] + OPEN_FOR


ROUTES = [
    Route(
        "POST",
        URL,
        create,
        {
            "configuration": Text(),
            "customer": Text(required=True),
            "locale": Text(longest=10),
            "return_url": Url(),
        },
    ),
]
