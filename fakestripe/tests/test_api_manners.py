"""Errors, idempotency, expansion, pages and searches, as Stripe's library sees them."""

import json
import threading
from collections.abc import Callable

import pytest
import stripe

from fakestripe import FakeStripe
from fakestripe.tests.conftest import connect


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"currency": "usd", "unit_amount": 1}, None, "product"),
        ({"unit_amount": 1}, "parameter_missing", "currency"),
        ({"currency": "usd", "unit_amuont": 1}, "parameter_unknown", "unit_amuont"),
        (
            {"currency": "usd", "unit_amount": "ten"},
            "parameter_invalid_integer",
            "unit_amount",
        ),
        (
            {"currency": "usd", "unit_amount": 10**15},
            "parameter_invalid_integer",
            "unit_amount",
        ),
        ({"currency": "", "unit_amount": 1}, "parameter_invalid_empty", "currency"),
        (
            {"currency": "usd", "unit_amount": 1, "recurring": {"interval": "era"}},
            None,
            "recurring[interval]",
        ),
        (
            {"currency": "usd", "unit_amount": 1, "recurring": {"intervall": "day"}},
            "parameter_unknown",
            "recurring[intervall]",
        ),
        (
            {"currency": "usd", "unit_amount": 1, "product": "prod_none"},
            "resource_missing",
            "product",
        ),
        (
            {"currency": "usd", "unit_amount": 1, "metadata": {"k": "v" * 501}},
            None,
            "metadata[k]",
        ),
    ],
)
def test_wrong_parameters_are_named(
    client: stripe.StripeClient,
    params: dict[str, object],
    code: str | None,
    param: str,
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.prices.create(params)

    assert (refused.value.http_status, refused.value.code) == (400, code)
    assert refused.value.param == param
    assert refused.value.request_id.startswith("req_")


def test_unknown_id_is_a_404(client: stripe.StripeClient) -> None:
    for retrieve in (
        client.v1.customers.retrieve,
        client.v1.subscriptions.retrieve,
        client.v1.invoices.retrieve,
        client.v1.events.retrieve,
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            retrieve("xx_nothing")
        assert (refused.value.http_status, refused.value.code) == (
            404,
            "resource_missing",
        )


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("sk_live_" + "x" * 24, "test keys only"),
        ("rk_live_" + "x" * 24, "test keys only"),
        ("pk_test_" + "x" * 24, "Invalid API Key"),
        ("nonsense", "Invalid API Key"),
    ],
)
def test_only_test_keys_are_taken(fake: FakeStripe, key: str, text: str) -> None:
    with pytest.raises(stripe.AuthenticationError, match=text) as refused:
        connect(fake.url, key).v1.customers.list()

    assert refused.value.http_status == 401


def test_restricted_test_key_is_taken(fake: FakeStripe) -> None:
    assert connect(fake.url, "rk_test_" + "x" * 24).v1.customers.list().data == []


def test_same_key_gives_the_same_answer_once(client: stripe.StripeClient) -> None:
    options = {"idempotency_key": "k1"}

    first = client.v1.customers.create({"email": "ann@example.com"}, options)
    second = client.v1.customers.create({"email": "ann@example.com"}, options)

    assert first.id == second.id
    assert len(client.v1.customers.list().data) == 1
    with pytest.raises(stripe.IdempotencyError) as refused:
        client.v1.customers.create({"email": "bob@example.com"}, options)
    assert refused.value.http_status == 400


def test_failed_validation_does_not_use_up_the_key(
    client: stripe.StripeClient,
) -> None:
    options = {"idempotency_key": "k1"}
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.create({"email": "nobody"}, options)

    assert client.v1.customers.create({"email": "ann@example.com"}, options).id


def test_declined_card_is_declined_again_with_the_same_key(
    client: stripe.StripeClient,
) -> None:
    customer = client.v1.customers.create({})
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            client.v1.payment_methods.attach(
                "pm_card_chargeDeclinedInsufficientFunds",
                {"customer": customer.id},
                {"idempotency_key": "k1"},
            )
        assert refused.value.code == "card_declined"
        assert refused.value.error.decline_code == "insufficient_funds"


def test_concurrent_requests_with_one_key_make_one_object(fake: FakeStripe) -> None:
    ids: list[str] = []

    def create() -> None:
        client = connect(fake.url)
        made = client.v1.customers.create({"name": "Ann"}, {"idempotency_key": "k"})
        ids.append(made.id)

    threads = [threading.Thread(target=create) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ids) == 12
    assert len(set(ids)) == 1
    assert len(fake.events("customer.created")) == 1


def test_cursors_walk_forwards_and_backwards(client: stripe.StripeClient) -> None:
    made = [client.v1.customers.create({"name": f"c{n}"}).id for n in range(7)][::-1]

    first = client.v1.customers.list({"limit": 3})
    second = client.v1.customers.list({"limit": 3, "starting_after": made[2]})
    back = client.v1.customers.list({"limit": 2, "ending_before": made[3]})

    assert [found.id for found in first.data] == made[:3]
    assert [found.id for found in second.data] == made[3:6]
    assert [found.id for found in back.data] == made[1:3]
    assert (first.has_more, second.has_more, back.has_more) == (True, True, True)
    everyone = client.v1.customers.list({"limit": 2}).auto_paging_iter()
    assert [found.id for found in everyone] == made
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.list({"starting_after": "cus_none"})
    assert refused.value.param == "starting_after"


def test_expansion_reaches_into_lists(
    client: stripe.StripeClient, subscribe: Callable[..., stripe.Subscription]
) -> None:
    subscription = subscribe()

    shown = client.v1.subscriptions.retrieve(
        subscription.id,
        {"expand": ["latest_invoice.payments", "customer", "items.data.price.product"]},
    )

    assert shown.latest_invoice.payments.data[0].status == "paid"
    assert shown.customer.email == "ann@example.com"
    assert shown["items"].data[0].price.product.name == "Pro"
    listed = client.v1.invoices.list({"expand": ["data.customer"]})
    assert listed.data[0].customer.email == "ann@example.com"
    for wrong in ("status", "nothing", "customer.a.b.c.d"):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.subscriptions.retrieve(subscription.id, {"expand": [wrong]})
        assert refused.value.param == "expand"


def test_search_finds_by_metadata_and_fields(client: stripe.StripeClient) -> None:
    ann = client.v1.customers.create(
        {"email": "Ann@Example.com", "metadata": {"user": "1"}}
    )
    client.v1.customers.create({"email": "bob@example.com", "metadata": {"user": "2"}})

    def found(query: str) -> list[str]:
        return [c.id for c in client.v1.customers.search({"query": query}).data]

    assert found('metadata["user"]:"1"') == [ann.id]
    assert found("email:'ann@example.com'") == [ann.id]
    assert found('email~"example" AND -metadata["user"]:"2"') == [ann.id]
    assert len(found('metadata["user"]:"1" OR metadata["user"]:"2"')) == 2
    for wrong in ("", "email", 'email:"a" AND', "x' OR 1=1 --"):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            found(wrong)
        assert refused.value.param == "query"


def test_metadata_is_merged_and_emptied(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"metadata": {"a": "1", "b": "2", "7": "x"}})

    changed = client.v1.customers.update(customer.id, {"metadata": {"a": "", "c": "3"}})

    assert changed.metadata.to_dict() == {"b": "2", "c": "3", "7": "x"}
    emptied = client.v1.customers.update(customer.id, {"metadata": ""})
    assert emptied.metadata.to_dict() == {}


def test_lookup_key_belongs_to_one_price(
    client: stripe.StripeClient, make_price: Callable[..., stripe.Price]
) -> None:
    old = make_price(lookup_key="pro")
    with pytest.raises(stripe.InvalidRequestError, match="already uses"):
        make_price(lookup_key="pro")

    new = make_price(lookup_key="pro", transfer_lookup_key=True)

    found = client.v1.prices.list({"lookup_keys": ["pro"]}).data
    assert [price.id for price in found] == [new.id]
    assert client.v1.prices.retrieve(old.id).lookup_key is None


def test_refund_in_parts(
    fake: FakeStripe,
    client: stripe.StripeClient,
    subscribe: Callable[..., stripe.Subscription],
) -> None:
    subscribe()
    charge = client.v1.charges.list().data[0]

    client.v1.refunds.create({"charge": charge.id, "amount": 500})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.v1.refunds.create({"charge": charge.id, "amount": 1_001})
    client.v1.refunds.create({"payment_intent": charge.payment_intent})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"charge": charge.id})

    assert refused.value.code == "charge_already_refunded"
    shown = client.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert (shown.amount_refunded, shown.refunded) == (1_500, True)
    assert sorted(refund.amount for refund in shown.refunds.data) == [500, 1_000]
    booked = client.v1.balance_transactions.list({"type": "refund"}).data
    assert sorted(line.amount for line in booked) == [-1_000, -500]
    assert len(fake.events("charge.refunded")) == 2


def test_events_are_listed_by_type_and_time(
    fake: FakeStripe, client: stripe.StripeClient
) -> None:
    product = client.v1.products.create({"name": "Pro"})
    client.v1.products.update(product.id, {"name": "Pro 2"})
    start = fake.now()
    fake.advance(days=10)
    client.v1.customers.create({})

    def types(**params: object) -> list[str]:
        return [event.type for event in client.v1.events.list(params).data]

    assert types() == ["customer.created", "product.updated", "product.created"]
    assert types(type="product.updated") == ["product.updated"]
    assert types(types=["customer.created", "product.created"]) == [
        "customer.created",
        "product.created",
    ]
    assert types(created={"gt": start + 86_400}) == ["customer.created"]
    updated = client.v1.events.list({"type": "product.updated"}).data[0]
    assert updated.data.previous_attributes.name == "Pro"
    assert updated.data.object.name == "Pro 2"
    fake.advance(days=25)
    assert types() == ["customer.created"]
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.events.retrieve(updated.id)


def test_objects_keep_the_fakes_own_fields_to_themselves(
    fake: FakeStripe, subscribe: Callable[..., stripe.Subscription]
) -> None:
    subscribe()

    text = json.dumps(fake.events())

    assert '"_' not in text
    assert "4242424242424242" not in text
