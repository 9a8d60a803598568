"""Disputes: the card whose owner wants the money back."""

from collections.abc import Callable

import pytest
import stripe

from fakestripe import FakeStripe
from fakestripe.tests.shapes import problems

Subscribe = Callable[..., stripe.Subscription]
Client = stripe.StripeClient
CARD = "4000000000000259"


def test_card_pays_and_its_owner_disputes_it(
    fake: FakeStripe, client: Client, subscribe: Subscribe
) -> None:
    subscription = subscribe(CARD)

    assert subscription.status == "active"
    charge = client.v1.charges.list().data[0]
    dispute = client.v1.disputes.list({"charge": charge.id}).data[0]
    assert charge.disputed
    assert (dispute.reason, dispute.status) == ("fraudulent", "needs_response")
    assert dispute.amount == 1_500
    assert dispute.balance_transactions[0].net == -3_000
    assert problems(dispute.to_dict()) == []
    for type_ in ("created", "funds_withdrawn"):
        assert len(fake.events(f"charge.dispute.{type_}")) == 1
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"charge": charge.id})
    assert refused.value.code == "charge_disputed"


def test_unanswered_dispute_is_lost_after_a_week(
    fake: FakeStripe, client: Client, subscribe: Subscribe
) -> None:
    subscribe(CARD)
    fake.advance(days=6)
    dispute = client.v1.disputes.list().data[0]
    assert dispute.status == "needs_response"

    fake.advance(days=1, seconds=1)

    lost = client.v1.disputes.retrieve(dispute.id)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)
    assert len(fake.events("charge.dispute.closed")) == 1
    assert fake.events("charge.dispute.funds_reinstated") == []


def test_winning_evidence_brings_the_money_back(
    fake: FakeStripe, client: Client, subscribe: Subscribe
) -> None:
    subscribe(CARD)
    dispute = client.v1.disputes.list().data[0]

    won = client.v1.disputes.update(
        dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}}
    )

    assert won.status == "won"
    assert sum(line.net for line in won.balance_transactions) == 0
    assert problems(won.to_dict()) == []
    for type_ in ("updated", "closed", "funds_reinstated"):
        assert len(fake.events(f"charge.dispute.{type_}")) == 1
    assert client.v1.refunds.create({"charge": dispute.charge}).amount == 1_500


def test_evidence_can_be_kept_for_later_and_a_dispute_accepted(
    client: Client, subscribe: Subscribe
) -> None:
    subscribe(CARD)
    id_ = client.v1.disputes.list().data[0].id

    staged = client.v1.disputes.update(
        id_, {"evidence": {"customer_name": "Ann"}, "submit": False}
    )
    submitted = client.v1.disputes.update(id_, {"evidence": {"service_date": "now"}})
    closed = client.v1.disputes.close(id_)

    assert (staged.status, staged.evidence_details.has_evidence) == (
        "needs_response",
        True,
    )
    assert (submitted.status, closed.status) == ("under_review", "lost")
    assert submitted.evidence.customer_name == "Ann"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        client.v1.disputes.close(id_)
