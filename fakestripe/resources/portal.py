"""Sessions of the billing portal: https://docs.stripe.com/api/customer_portal"""

from typing import TYPE_CHECKING

from fakestripe.resources import portal_configuration
from fakestripe.state.clock import HOUR
from fakestripe.state.ids import new_id
from fakestripe.state.store import Object
from fakestripe.wire.errors import invalid, missing, no_such
from fakestripe.wire.fields import Choice, Params, Shape, Text, Url
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/billing_portal/sessions"
OPEN_FOR = HOUR
ABOUT_THE_CUSTOMER = ("customer_update", "payment_method_update")
ABOUT_A_PLAN = ("subscription_cancel", "subscription_update")
PLAN = Shape({"subscription": Text(required=True)})


def create(world: "World", params: Params) -> Object:
    customer = world.get("customer", params["customer"], param="customer")
    flow = _flow(world, params.get("flow_data"), customer)
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
        flow=flow,
        locale=params.get("locale"),
        on_behalf_of=None,
        return_url=params.get("return_url", configuration["default_return_url"]),
        url=f"{world.base_url}/p/session/{token}{'/flow' if flow else ''}",
        _token=token,
    )


def _flow(world: "World", given: Params | None, customer: Object) -> Object | None:
    """The one thing that the page is opened for: a link straight to it."""
    if given is None:
        return None
    type_ = given["type"]
    flow: Object = {
        "after_completion": {
            "hosted_confirmation": None,
            "redirect": None,
            "type": "portal_homepage",
        },
        **dict.fromkeys(
            (
                *("customer_update", "subscription_cancel", "subscription_update"),
                "subscription_update_confirm",
            )
        ),
        "type": type_,
    }
    if type_ in ABOUT_A_PLAN:
        if type_ not in given:
            raise missing(f"flow_data[{type_}]")
        id_, param = given[type_]["subscription"], f"flow_data[{type_}][subscription]"
        if world.get("subscription", id_, param=param)["customer"] != customer["id"]:
            raise no_such("subscription", id_, param)
        flow[type_] = {"subscription": id_}
        if type_ == "subscription_cancel":
            flow[type_]["retention"] = None
    return flow


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
            "flow_data": Shape(
                {
                    "type": Choice(*ABOUT_THE_CUSTOMER, *ABOUT_A_PLAN, required=True),
                    **dict.fromkeys(ABOUT_A_PLAN, PLAN),
                }
            ),
            "locale": Text(longest=10),
            "return_url": Url(),
        },
    ),
]
