"""Sessions of the portal that lead straight to one thing."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
import stripe

from fakestripe.tests.browser import visit
from fakestripe.tests.shapes import problems

Client = stripe.StripeClient
Subscribe = Callable[..., stripe.Subscription]


@pytest.mark.parametrize(
    ("type_", "shown"),
    [
        ("payment_method_update", "Save card"),
        ("customer_update", "Billing information"),
        ("subscription_cancel", "Why do you cancel?"),
        ("subscription_update", "Update your plan"),
    ],
)
def test_link_leads_to_its_page(
    client: Client,
    subscribe: Subscribe,
    make_price: Callable[..., stripe.Price],
    type_: str,
    shown: str,
) -> None:
    make_price(9_900, name="Team")
    subscription = subscribe()
    flow = {"type": type_}
    if type_.startswith("subscription"):
        flow[type_] = {"subscription": subscription.id}

    session = client.v1.billing_portal.sessions.create(
        {"customer": subscription.customer, "flow_data": flow}
    )

    assert problems(session.to_dict()) == []
    led = visit(session.url)
    assert led.status == HTTPStatus.SEE_OTHER
    page = visit(session.url.partition("/p/")[0] + led.location)
    assert page.status == HTTPStatus.OK
    assert shown in page.html


def test_flow_of_somebody_elses_plan_is_refused(
    client: Client, subscribe: Subscribe
) -> None:
    mine, theirs = subscribe(), subscribe()
    flow = {"type": "subscription_cancel"}

    for given, param in (
        ({}, "flow_data[subscription_cancel]"),
        (
            {"subscription_cancel": {"subscription": theirs.id}},
            "flow_data[subscription_cancel][subscription]",
        ),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.billing_portal.sessions.create(
                {"customer": mine.customer, "flow_data": {**flow, **given}}
            )
        assert refused.value.param == param
