"""Forms that no browser would send get an answer from every page, never a 500."""

import http.client
import urllib.parse
from collections.abc import Callable

import pytest
import stripe

from fakestripe import FakeStripe

Subscribe = Callable[..., stripe.Subscription]
ODD = [
    b"",
    b"price[a]=1&quantity[b]=2&at[c]=3",
    b"number[a]=1&expiry[]=2&cvc[x]=3&name[]=4&email[y]=5",
    b"name=%00",
    b"name=%ED%A0%80&email=%ED%A0%80@x.co",
    b"\xff\xfe=1",
    b"name=" + b"a" * 300_000,
    b"quantity=" + b"9" * 30 + b"&at=" + b"9" * 18 + b"&price=x",
    b"at=-1&quantity=-1&line=-1&to=-1&after_dunning=-1",
    b"feedback[a]=b&to[a]=b&latency[a]=b&drop=nan&delay=inf&after_dunning[x]=y",
    b"code[a]=b&line[a]=b&quantity=1",
    b"email=a@b.co&name=" + "\N{SNOWMAN}‮".encode(),
]


def post(url: str, body: bytes) -> int:
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=10)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", address.path, body, kind)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.fixture
def pages(
    fake: FakeStripe,
    client: stripe.StripeClient,
    subscribe: Subscribe,
    open_checkout: Callable[..., stripe.checkout.Session],
    make_price: Callable[..., stripe.Price],
    portal: Callable[..., str],
) -> list[str]:
    """Everything that takes a form, alive."""
    subscription = subscribe()
    fake.use_card(subscription.customer, "4000000000000341")
    fake.advance(days=31)
    make_price(9_900, name="Team")
    changing = subscribe()
    home, other = portal(subscription.customer), portal(changing.customer)
    checkout = open_checkout(allow_promotion_codes=True).url
    dashboard = f"{fake.url}/dashboard"
    charge = client.v1.charges.list().data[0].id
    return [
        *(checkout, f"{checkout}/promotion", f"{checkout}/quantity"),
        *(f"{home}/card", f"{home}/details", f"{home}/cancel/{subscription.id}"),
        *(f"{home}/pay/in_none", f"{home}/resume/{subscription.id}"),
        *(f"{other}/plan/{changing.id}", f"{other}/plan/{changing.id}/confirm"),
        client.v1.invoices.list({"status": "open"}).data[0].hosted_invoice_url,
        *(f"{dashboard}/{name}" for name in ("clock", "trouble", "account")),
        *(f"{dashboard}/payments/{charge}/{deed}" for deed in ("refund", "dispute")),
        *(f"{dashboard}/webhooks/we_none/roll", f"{dashboard}/disputes/du_none/win"),
        *(f"{dashboard}/events/evt_none/resend", f"{dashboard}/deliveries/0/resend"),
        *(f"{fake.url}/3ds/tds_none/complete", f"{dashboard}/customers/cus_x/portal"),
    ]


def test_no_form_breaks_a_page(pages: list[str], fake: FakeStripe) -> None:
    answers = {(url, body): post(url, body) for url in pages for body in ODD}

    broken = [asked for asked, status in answers.items() if status >= 500]
    assert broken == []
    # The pages were there: what they said was about the form.
    assert {303, 400, 404, 410, 422} <= set(answers.values())
    assert fake.world.chaos.as_dict()["drop"] == 0
