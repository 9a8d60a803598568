"""What a configuration of the portal allows and hides."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
import stripe

from fakestripe.tests.browser import visit
from fakestripe.tests.shapes import problems

Client = stripe.StripeClient
Subscribe = Callable[..., stripe.Subscription]
Portal = Callable[..., str]


def test_default_offers_everything(
    client: Client, subscribe: Subscribe, portal: Portal
) -> None:
    home = visit(portal(subscribe().customer)).html

    for text in ("Change card", "Cancel plan", "Invoice history", ">Update<"):
        assert text in home
    [default] = client.v1.billing_portal.configurations.list().data
    assert default.is_default
    assert problems(default.to_dict()) == []


def test_what_is_off_is_neither_shown_nor_done(
    client: Client, subscribe: Subscribe, portal: Portal
) -> None:
    bare = client.v1.billing_portal.configurations.create(
        {
            "name": "Bare",
            "default_return_url": "https://shop.test/home",
            "features": {"invoice_history": {"enabled": False}},
        }
    )
    subscription = subscribe()
    home = portal(subscription.customer, configuration=bare.id)

    page = visit(home).html

    assert problems(bare.to_dict()) == []
    for text in ("Change card", "Cancel plan", "Update", "Invoice history"):
        assert text not in page
    for path in ("card", "details", f"cancel/{subscription.id}"):
        assert visit(f"{home}/{path}").status == HTTPStatus.FORBIDDEN
        assert visit(f"{home}/{path}", {}).status == HTTPStatus.FORBIDDEN
    kept = client.v1.subscriptions.retrieve(subscription.id)
    assert kept.cancel_at_period_end is False


def test_immediate_end_with_a_reason(
    client: Client, subscribe: Subscribe, portal: Portal
) -> None:
    reasons = {"enabled": True, "options": ["unused", "other"]}
    cancel = {"enabled": True, "mode": "immediately", "cancellation_reason": reasons}
    configuration = client.v1.billing_portal.configurations.create(
        {"features": {"subscription_cancel": cancel}}
    )
    subscription = subscribe()
    home = portal(subscription.customer, configuration=configuration.id)
    url = f"{home}/cancel/{subscription.id}"

    asked = visit(url).html
    strange = visit(url, {"feedback": "too_complex"})
    visit(url, {"feedback": "unused"})

    assert "ends <strong>today</strong>" in asked
    assert "I no longer need it" in asked
    assert "too_complex" not in asked
    assert strange.status == HTTPStatus.BAD_REQUEST
    ended = client.v1.subscriptions.retrieve(subscription.id)
    assert ended.status == "canceled"
    assert ended.cancellation_details.feedback == "unused"
    assert ended.cancellation_details.reason == "cancellation_requested"
    assert "You have no subscription." in visit(home).html


def test_billing_information_is_changed(
    client: Client, subscribe: Subscribe, portal: Portal
) -> None:
    subscription = subscribe()
    url = f"{portal(subscription.customer)}/details"

    assert 'value="ann@example.com"' in visit(url).html
    wrong = visit(url, {"name": "x" * 201, "email": "nobody"})
    visit(url, {"name": "Ann Example", "email": "ann@new.example"})

    assert wrong.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Use at most 200 characters." in wrong.html
    assert "Your email address is incomplete." in wrong.html
    customer = client.v1.customers.retrieve(subscription.customer)
    assert (customer.name, customer.email) == ("Ann Example", "ann@new.example")


def test_configurations_are_kept_changed_and_listed(client: Client) -> None:
    configurations = client.v1.billing_portal.configurations
    made = configurations.create({"features": {"invoice_history": {"enabled": True}}})

    changed = configurations.update(
        made.id,
        {
            "active": False,
            "metadata": {"for": "tests"},
            "features": {"customer_update": {"enabled": True}},
        },
    )

    assert changed.features.invoice_history.enabled
    assert changed.features.customer_update.enabled
    assert configurations.retrieve(made.id).metadata["for"] == "tests"
    assert [c.id for c in configurations.list({"active": False}).data] == [made.id]
    [default] = configurations.list({"is_default": True}).data
    with pytest.raises(stripe.InvalidRequestError, match="cannot be deactivated"):
        configurations.update(default.id, {"active": False})


def test_odd_configurations_are_refused(
    client: Client, price: stripe.Price, subscribe: Subscribe
) -> None:
    configurations = client.v1.billing_portal.configurations
    other = client.v1.products.create({"name": "Other"})
    entry = {"product": other.id, "prices": [price.id]}
    update = {"enabled": True, "products": [entry]}

    with pytest.raises(stripe.InvalidRequestError, match="is no price of") as refused:
        configurations.create({"features": {"subscription_update": update}})
    assert refused.value.param.endswith("products][0][prices]")
    sleeping = configurations.create(
        {"features": {"customer_update": {"enabled": False}}}
    )
    configurations.update(sleeping.id, {"active": False})
    for id_, text in ((sleeping.id, "not active"), ("bpc_none", "No such")):
        with pytest.raises(stripe.InvalidRequestError, match=text):
            client.v1.billing_portal.sessions.create(
                {"customer": subscribe().customer, "configuration": id_}
            )
