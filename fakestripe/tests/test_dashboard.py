"""The dashboard, as a browser without scripts uses it."""

from collections.abc import Callable
from http import HTTPStatus

import stripe

from fakestripe import FakeStripe
from fakestripe.tests.browser import visit
from fakestripe.tests.conftest import Inbox

Subscribe = Callable[..., stripe.Subscription]


def test_lists_show_what_there_is(fake: FakeStripe, subscribe: Subscribe) -> None:
    subscription = subscribe()

    pages = {
        tab: visit(f"{fake.url}/dashboard/{tab}")
        for tab in ("customers", "subscriptions", "invoices", "events")
    }

    assert {page.status for page in pages.values()} == {HTTPStatus.OK}
    assert "ann@example.com" in pages["customers"].html
    assert subscription.id in pages["subscriptions"].html
    assert "$15.00 per month" in pages["subscriptions"].html
    assert "-0001</a>" in pages["invoices"].html
    assert "checkout.session.completed" in pages["events"].html
    overview = visit(f"{fake.url}/dashboard").html
    assert "<strong>1</strong> customers" in overview
    body = visit(f"{fake.url}/dashboard/objects/{subscription.id}").html
    assert "&quot;status&quot;: &quot;active&quot;" in body


def test_pages_without_anything_say_so(fake: FakeStripe) -> None:
    assert "No events yet." in visit(f"{fake.url}/dashboard").html
    assert "No invoices yet." in visit(f"{fake.url}/dashboard/invoices").html
    unknown = visit(f"{fake.url}/dashboard/objects/cus_none")
    assert unknown.status == HTTPStatus.NOT_FOUND
    assert visit(f"{fake.url}/dashboard/events/evt_none").status == 404


def test_long_lists_go_on(fake: FakeStripe, client: stripe.StripeClient) -> None:
    for number in range(51):
        client.v1.customers.create({"email": f"p{number}@example.com"})

    first = visit(f"{fake.url}/dashboard/customers").html
    older = first.split('href="')[-1].split('"')[0]

    assert "p50@" in first
    assert "p0@" not in first
    assert "p0@" in visit(fake.url + older).html


def test_names_are_escaped(fake: FakeStripe, client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"name": "<script>alert(1)</script>"})

    for path in ("customers", f"objects/{customer.id}", "events"):
        assert "<script>" not in visit(f"{fake.url}/dashboard/{path}").html


def test_answers_are_shown_and_an_event_is_sent_again(
    fake: FakeStripe, client: stripe.StripeClient, inbox: Inbox
) -> None:
    fake.register_webhook(inbox.url, "whsec_test")
    inbox.answers = [500, 500, 500, 500]
    client.v1.customers.create({})
    fake.wait_until_delivered(10)
    event = fake.events("customer.created")[0]
    address = f"{fake.url}/dashboard/events/{event['id']}"

    page = visit(address).html
    assert ">Failed<" in page
    assert "<td>500</td>" in page
    assert "<td>4</td>" in page
    assert inbox.url in page

    sent = visit(f"{address}/resend", {})
    assert (sent.status, sent.location) == (303, f"/dashboard/events/{event['id']}")
    fake.wait_until_delivered(10)
    page = visit(address).html
    assert ">Delivered<" in page
    assert ">ok<" in page
    assert len(inbox.bodies) == 5
    assert fake.events("customer.created")[0]["pending_webhooks"] == 0


def test_one_delivery_is_sent_again(
    fake: FakeStripe, client: stripe.StripeClient, inbox: Inbox
) -> None:
    fake.register_webhook(inbox.url, "whsec_test")
    client.v1.customers.create({})
    fake.wait_until_delivered(10)
    event = fake.events()[0]
    page = visit(f"{fake.url}/dashboard/events/{event['id']}").html
    button = page.split('action="/dashboard/deliveries/')[1].split('"')[0]

    visit(f"{fake.url}/dashboard/deliveries/{button}", {})
    fake.wait_until_delivered(10)

    assert len(inbox.bodies) == 2
    unknown = visit(f"{fake.url}/dashboard/deliveries/999/resend", {})
    assert unknown.status == HTTPStatus.NOT_FOUND


def test_event_from_before_the_endpoint_can_be_sent(
    fake: FakeStripe, client: stripe.StripeClient, inbox: Inbox
) -> None:
    client.v1.customers.create({})
    event = fake.events()[0]
    fake.register_webhook(inbox.url, "whsec_test")

    visit(f"{fake.url}/dashboard/events/{event['id']}/resend", {})
    fake.wait_until_delivered(10)

    assert event["id"] in inbox.bodies[0][0]


def test_clock_moves_by_a_month_and_to_the_end_of_a_trial(
    fake: FakeStripe, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    clock = f"{fake.url}/dashboard/clock"
    assert "end of the trial" not in visit(f"{fake.url}/dashboard").html
    assert visit(clock, {"to": "trial"}).status == HTTPStatus.BAD_REQUEST
    assert visit(clock, {"to": "yesterday"}).status == HTTPStatus.BAD_REQUEST
    trial = {"subscription_data": {"trial_period_days": 14}}
    subscription = subscribe(**trial)
    assert "end of the trial" in visit(f"{fake.url}/dashboard").html

    assert visit(clock, {"to": "trial"}).location == "/dashboard"

    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    before = fake.now()
    visit(clock, {"to": "day"})
    assert fake.now() - before in (86_400, 86_401)
    visit(clock, {"to": "month"})
    assert len(client.v1.invoices.list().data) == 3


def test_trouble_is_switched_on_and_off(fake: FakeStripe) -> None:
    trouble = f"{fake.url}/dashboard/trouble"
    form = {"latency": "0.01", "duplicates": "50", "drop": "20", "disorder": "yes"}

    assert visit(trouble, form).status == HTTPStatus.SEE_OTHER

    chaos = fake.world.chaos
    assert (chaos.latency, chaos.duplicates, chaos.drop) == (0.01, 0.5, 0.2)
    assert chaos.disorder
    page = visit(f"{fake.url}/dashboard").html
    assert 'name="drop" value="20"' in page
    assert "checked" in page
    for wrong in ({"drop": "many"}, {"drop": "101"}, {"latency": "nan"}):
        refused = visit(trouble, wrong)
        assert refused.status == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "stays as it was" in refused.html
    assert "from 0 to 100 percent" in visit(trouble, {"drop": "101"}).html
    assert fake.world.chaos is chaos
    visit(trouble, {})
    assert not fake.world.chaos.disorder
    assert fake.world.chaos.drop == 0


def test_another_site_cannot_press_the_buttons(
    fake: FakeStripe, client: stripe.StripeClient
) -> None:
    client.v1.customers.create({})
    event = fake.events()[0]["id"]
    before = fake.now()

    for path in ("clock", "trouble", f"events/{event}/resend"):
        form = {"to": "month", "drop": "100"}
        refused = visit(
            f"{fake.url}/dashboard/{path}", form, Origin="https://evil.test"
        )
        assert refused.status == HTTPStatus.FORBIDDEN

    assert fake.now() - before < 86_400
    assert fake.world.chaos.drop == 0
