"""A payment as a guest, claimed with another address than the one that was paid with.

Only the browser that paid is sent to the success page, with the id of its checkout session.
Soon after the payment that id is worth a claim token, and the token is worth the customer:
once, to somebody who is signed in with a verified address. The id alone, found in a history
or a log later, is worth nothing. Nor is a customer given again that somebody had before.
"""

import re
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone
from stripe.checkout import Session

from accounts.errors import EmailNotVerified
from accounts.models import User
from billing import linking, mirror, stripe
from billing.customers import customers
from billing.errors import (
    AlreadyClaimed,
    CheckoutNotFound,
    ClaimExpired,
    InvalidClaim,
)
from billing.locks import hold
from billing.shapes import key_of, moment
from saas.limits import spend

GUEST_KEY = "guest"  # in the metadata of a checkout session that asked for no account
SESSION_ID = re.compile(r"cs_(?:test|live)_[A-Za-z0-9]{1,200}")
WINDOW = timedelta(hours=1)  # after the payment: to be sent back, and to look around
# Of a token: to sign up and to find the mail with the code.
LIFETIME = timedelta(days=1)
SALT = "billing.claims"
CLAIMS_PER_HOUR = TOKENS_PER_HOUR = 20


def claim_token(session_id: str, *, network: str) -> str:
    """What the guest who just paid on the page `session_id` may claim it with.

    Whoever asks from `network` (`accounts/networks.py`) is counted: nobody we know.

    Raises:
        RateLimited: too many tries from there in an hour.
        CheckoutNotFound: no such page of ours, not paid, too long ago, or not a guest's.
        BillingUnavailable: Stripe gives no answer.
    """
    spend(f"claim_token:{network}", limit=TOKENS_PER_HOUR, seconds=3600)
    if not SESSION_ID.fullmatch(session_id):
        raise CheckoutNotFound
    session = stripe.checkout(session_id)
    if session is None or not _is_claimable(session):
        raise CheckoutNotFound
    told = {
        "customer": key_of(session.customer),
        "subscription": session.subscription.id,
    }
    return signing.dumps(told, salt=SALT)


def _is_claimable(session: Session) -> bool:
    return (
        session.livemode is settings.STRIPE_LIVE_MODE
        and GUEST_KEY in (session.metadata or {})
        and session.status == "complete"
        and session.payment_status != "unpaid"
        # The page may have been open for a day; the subscription began with the payment.
        and moment(session.subscription.created) > timezone.now() - WINDOW
    )


def customer_claimed_by(token: str) -> str:
    """The id of the customer that `token` is for. Raises InvalidClaim, ClaimExpired."""
    return _read(token)["customer"]


def claim(user: User, *, token: str) -> None:
    """Give `user` the customer that paid, with its payments and its plan.

    Stripe is asked first: the news of the payment may still be on its way, and an owner
    whom it names is one.

    Raises:
        InvalidClaim, ClaimExpired: the token is not, or no longer, one of ours.
        EmailNotVerified: `user` has proved no address.
        AlreadyClaimed: the customer has another owner, or had one.
        RateLimited: too many tries in an hour.
        BillingUnavailable, BillingRefused: Stripe gives no answer, or forgot the customer.
    """
    spend(f"claim:{user.pk}", limit=CLAIMS_PER_HOUR, seconds=3600)
    told = _read(token)
    if not EmailAddress.objects.filter(user=user, verified=True).exists():
        raise EmailNotVerified("Confirm your address first.")
    customer_id = told["customer"]
    mirror.refresh_customer(customer_id)
    mirror.refresh_subscription(told["subscription"], customer_id=customer_id)
    with transaction.atomic():
        hold(customer_id)
        customer = customers().filter(id=customer_id).first()
        if customer and customer.subscriber_id == user.pk:
            return  # sent twice, or it came by the address meanwhile
        if customer is None or not linking.is_free_for(customer, user):
            raise AlreadyClaimed
        if not linking.give(customer_id, user, how="claim"):
            raise AlreadyClaimed


def _read(token: str) -> dict[str, str]:
    try:
        return signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.SignatureExpired as e:
        raise ClaimExpired from e
    except signing.BadSignature as e:
        raise InvalidClaim from e
