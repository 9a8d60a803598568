"""What the billing portal lets a customer do.

https://docs.stripe.com/api/customer_portal/configurations
"""

from typing import TYPE_CHECKING

from fakestripe.resources.subscriptions import FEEDBACK
from fakestripe.state.store import Object
from fakestripe.wire.errors import invalid
from fakestripe.wire.fields import (
    Choice,
    Field,
    Flag,
    ListOf,
    Metadata,
    Params,
    Shape,
    Text,
    Url,
    merge_metadata,
)
from fakestripe.wire.lists import matching, page, paged
from fakestripe.wire.router import Route

if TYPE_CHECKING:
    from fakestripe.world import World

URL = "/v1/billing_portal/configurations"
DEFAULT_ID = "bpc_1FakeStripeOffline"
PRORATIONS = Choice("always_invoice", "create_prorations", "none")
PROFILE = Shape(
    {
        "headline": Text(longest=60, clearable=True),
        "privacy_policy_url": Url(),
        "terms_of_service_url": Url(),
    }
)


def _features(*, is_new: bool) -> Shape:
    """A new configuration says of each feature that it names whether it is on."""

    def feature(**more: Field) -> Shape:
        return Shape({"enabled": Flag(required=is_new), **more})

    switch = Shape({"enabled": Flag(required=True)})
    options = ListOf(Choice(*FEEDBACK), least=1, required=is_new)
    reasons = Shape({"enabled": Flag(required=True), "options": options})
    product = {
        "product": Text(required=True),
        "prices": ListOf(Text(), least=1, most=10, required=True),
    }
    return Shape(
        {
            "customer_update": feature(allowed_updates=ListOf(Choice("email", "name"))),
            "invoice_history": switch,
            "payment_method_update": switch,
            "subscription_cancel": feature(
                cancellation_reason=reasons,
                mode=Choice("at_period_end", "immediately"),
                proration_behavior=Choice("none"),
            ),
            "subscription_update": feature(
                default_allowed_updates=ListOf(Choice("price", "quantity")),
                products=ListOf(Shape(product), most=10, clearable=True),
                proration_behavior=PRORATIONS,
            ),
        },
        required=is_new,
    )


def default(world: "World") -> Object:
    """Offers everything, and each active price to change to."""
    found = world.store.get(DEFAULT_ID)
    if found is None:
        found = _new(world, {}, DEFAULT_ID, is_default=True)
        for name, feature in found["features"].items():
            feature["enabled"] = True
            if name == "subscription_update":
                feature["proration_behavior"] = "create_prorations"
        found["features"]["customer_update"]["allowed_updates"] = ["email", "name"]
        found["features"]["subscription_cancel"]["cancellation_reason"] = {
            "enabled": True,
            "feedback_options": None,
            "options": list(FEEDBACK),
        }
        found["features"]["subscription_update"]["default_allowed_updates"] = ["price"]
    return found


def create(world: "World", params: Params) -> Object:
    configuration = _new(world, params)
    _apply(world, configuration, params)
    return configuration


def update(world: "World", params: Params, id_: str) -> Object:
    configuration = get(world, {}, id_)
    if "active" in params:
        if configuration["is_default"] and not params["active"]:
            raise invalid("The default configuration cannot be deactivated.", "active")
        configuration["active"] = params["active"]
    _apply(world, configuration, params)
    return configuration


def _new(
    world: "World", params: Params, id_: str | None = None, *, is_default: bool = False
) -> Object:
    return world.new(
        "billing_portal.configuration",
        "bpc_",
        id_,
        active=True,
        application=None,
        business_profile={
            "headline": None,
            "privacy_policy_url": None,
            "terms_of_service_url": None,
        },
        default_return_url=params.get("default_return_url"),
        features=_nothing_offered(),
        is_default=is_default,
        login_page={"enabled": False, "url": None},
        metadata={},
        name=params.get("name"),
        updated=world.clock.now(),
    )


def _nothing_offered() -> Object:
    return {
        "customer_update": {"allowed_updates": [], "enabled": False},
        "invoice_history": {"enabled": False},
        "payment_method_update": {
            "enabled": False,
            "payment_method_configuration": None,
        },
        "subscription_cancel": {
            "cancellation_reason": {
                "enabled": False,
                "feedback_options": None,
                "options": [],
            },
            "enabled": False,
            "mode": "at_period_end",
            "proration_behavior": "none",
        },
        "subscription_update": {
            "billing_cycle_anchor": None,
            "default_allowed_updates": [],
            "enabled": False,
            "products": None,
            "proration_behavior": "none",
            "schedule_at_period_end": {"conditions": []},
            "trial_update_behavior": "continue_trial",
        },
    }


def _apply(world: "World", configuration: Object, params: Params) -> None:
    configuration["business_profile"] |= params.get("business_profile", {})
    for name in ("default_return_url", "name"):
        if name in params:
            configuration[name] = params[name]
    if "metadata" in params:
        configuration["metadata"] = merge_metadata(
            configuration["metadata"], params["metadata"]
        )
    for name, given in params.get("features", {}).items():
        kept = configuration["features"][name]
        reasons = given.pop("cancellation_reason", {})
        kept |= given
        if name == "subscription_cancel":
            kept["cancellation_reason"] |= reasons
        if name == "subscription_update":
            _check_products(world, kept)
    configuration["updated"] = world.clock.now()


def _check_products(world: "World", feature: Object) -> None:
    param = "features[subscription_update][products]"
    for index, entry in enumerate(feature["products"] or []):
        world.get("product", entry["product"], param=f"{param}[{index}][product]")
        entry["adjustable_quantity"] = {"enabled": False, "maximum": None, "minimum": 1}
        for id_ in entry["prices"]:
            place = f"{param}[{index}][prices]"
            price = world.get("price", id_, param=place)
            if price["product"] != entry["product"]:
                raise invalid(f"{id_} is no price of {entry['product']}.", place)


def list_all(world: "World", params: Params) -> Object:
    default(world)
    conditions = matching(params, "active", "is_default")
    return page(world, URL, "billing_portal.configuration", params, *conditions)


def get(world: "World", params: Params, id_: str, param: str = "id") -> Object:
    if id_ == DEFAULT_ID:
        return default(world)
    return world.get("billing_portal.configuration", id_, param=param)


DETAILS: dict[str, Field] = {
    "business_profile": PROFILE,
    "default_return_url": Url(clearable=True),
    "metadata": Metadata(),
    "name": Text(longest=100, clearable=True),
}
ROUTES = [
    Route("GET", URL, list_all, paged(active=Flag(), is_default=Flag())),
    Route("POST", URL, create, {**DETAILS, "features": _features(is_new=True)}),
    Route("GET", URL + "/{id_}", get),
    Route(
        "POST",
        URL + "/{id_}",
        update,
        {**DETAILS, "active": Flag(), "features": _features(is_new=False)},
    ),
]
