"""Whose customer it is, decided by hand: for support, where no address can prove it.

Stripe is told first. Were it the other way round, and Stripe down, the next news of the
customer would bring back the owner of before, by name or by address.
"""

from allauth.account.models import EmailAddress
from django.db import transaction
from djstripe.models import Customer

from accounts import audit
from accounts.errors import EmailNotVerified
from accounts.models import User
from billing import linking, mirror, seats, stripe
from billing.customers import NOBODY, OWNER_KEY, customers
from billing.doubles import warn_of_doubles
from billing.errors import AlreadyClaimed, BillingRefused
from billing.locks import exclusive, hold
from billing.models import Payment
from saas.errors import NotAllowed

GONE = "Stripe does not have this customer any more."


def give_customer(
    customer_id: str, user: User, *, by: User, moving: bool = False
) -> None:
    """Give `user` the customer, with its payments and its plan, at once.

    `moving` takes it away from the owner of now, or from one whose account is gone.

    Raises:
        NotAllowed: `moving`, and `by` is no superuser.
        EmailNotVerified: `user` has proved no address, so it may be nobody's.
        AlreadyClaimed: it has an owner, or had one, and this is not `moving`; or it is
            `user` already.
        BillingUnavailable, BillingRefused: Stripe gives no answer, or forgot the customer.
    """
    if moving and not by.is_superuser:
        raise NotAllowed("Only superusers take a customer away from its owner.")
    if not EmailAddress.objects.filter(user=user, verified=True).exists():
        raise EmailNotVerified("This user has not confirmed an address yet.")
    with exclusive(customer_id):
        customer = _as_stripe_has_it(customer_id)
        if customer.subscriber_id == user.pk:
            raise AlreadyClaimed("This user owns the customer already.")
        free_names = ("", NOBODY, str(user.pk))
        is_free = linking.owner_named(customer) in free_names
        if not moving and (customer.subscriber_id or not is_free):
            raise AlreadyClaimed("This customer has an owner, or had one.")
        previous = customer.subscriber
        _hand_over(customer, user)
    if previous is not None:
        _tell_of_loss(customer_id, previous, by)
    linking.announce(customer_id, user, how="staff", actor=by)


def take_customer(customer_id: str, *, by: User) -> None:
    """Take the customer away from its owner; from then on only `give_customer` gives it.

    Raises:
        NotAllowed: `by` is no superuser.
        AlreadyClaimed: nobody owns it.
        BillingUnavailable, BillingRefused: Stripe gives no answer, or forgot the customer.
    """
    if not by.is_superuser:
        raise NotAllowed("Only superusers take a customer away from its owner.")
    with exclusive(customer_id):
        customer = _as_stripe_has_it(customer_id)
        previous = customer.subscriber
        if previous is None:
            raise AlreadyClaimed("Nobody owns this customer.")
        _hand_over(customer, None)
    _tell_of_loss(customer_id, previous, by)


def _as_stripe_has_it(customer_id: str) -> Customer:
    mirror.refresh_customer(customer_id)
    customer = customers().filter(id=customer_id).select_related("subscriber").first()
    if customer is None:
        raise BillingRefused(GONE)
    return customer


def _hand_over(customer: Customer, user: User | None) -> None:
    name = {OWNER_KEY: str(user.pk) if user else NOBODY}
    # Who stood before an open page would pay for somebody else's customer.
    stripe.expire_checkouts(customer.id)
    if not stripe.write_metadata(customer.id, name):
        raise BillingRefused(GONE)
    with transaction.atomic():
        hold(customer.id)
        customers().filter(id=customer.id).update(
            subscriber=user, metadata={**(customer.metadata or {}), **name}
        )
        Payment.objects.filter(stripe_customer_id=customer.id).update(user=user)
        warn_of_doubles(customer.id)
        if user is not None:
            seats.follow_later(user.pk)


def _tell_of_loss(customer_id: str, previous: User, by: User) -> None:
    audit.record(
        "billing.customer_unlinked", user=previous, actor=by, customer=customer_id
    )
