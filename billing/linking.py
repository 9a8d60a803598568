"""Payments made before sign-up: given to whoever proves to own the address.

Stripe does not verify the address that a guest types, so linking can only give a payment
to the owner of the address; therefore the owner has to be proved. An owned customer is
never taken, and one whose metadata names an owner is for that user alone: so neither an old
account's customer nor another system's reaches a new account with the same address.
"""

from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.dispatch import receiver
from djstripe.models import Customer

from accounts import audit
from accounts.models import User, normalize_email
from accounts.signals import email_verified, signed_in
from billing import seats
from billing.customers import OWNER_KEY, customers
from billing.doubles import warn_of_doubles
from billing.locks import hold
from billing.models import Payment
from billing.tasks import close_pages, write_owner


@receiver([email_verified, signed_in])
def link_on_proof(sender: object, user: User, **kwargs: object) -> None:
    link_customers(user)


def link_customers(user: User) -> list[str]:
    """Give `user` the unowned customers with a verified address of theirs.

    Returns the ids of those that were linked now. Each in a transaction of its own, so
    that no two customers are ever locked together.
    """
    verified = EmailAddress.objects.filter(user=user, verified=True)
    addresses = {normalize_email(address.email) for address in verified}
    found = [c for address in sorted(addresses) for c in _unowned_at(address)]
    free = [customer.id for customer in found if is_free_for(customer, user)]
    return [key for key in free if give(key, user, how="verified address")]


def _unowned_at(address: str) -> list[Customer]:
    with transaction.atomic():
        # Whoever handles an event of such a customer right now either sees the address
        # verified, for it waits here, or is done, and this query sees the customer.
        hold(f"address:{address}")
        rows = list(customers().filter(subscriber=None, email__iexact=address))
    # PostgreSQL's idea of upper case merges look-alikes, such as i without a dot.
    return [row for row in rows if normalize_email(row.email) == address]


def link_customer(customer_id: str) -> None:
    """Give a customer that nobody owns to whom it names, or to the proved owner of its address.

    Inside the transaction of the event that told of it.
    """
    customer = customers().filter(id=customer_id, subscriber=None).first()
    if customer is None:
        return
    name = owner_named(customer)
    if name:
        owner = User.objects.filter(pk=user_id_named(customer)).first()
    else:
        owner = _owner_of(customer.email)
    if owner is not None:
        how = "named by Stripe" if name else "verified address"
        give(customer_id, owner, how=how)


def owner_named(customer: Customer) -> str:
    return (customer.metadata or {}).get(OWNER_KEY, "")


def is_free_for(customer: Customer, user: User) -> bool:
    """Whether Stripe names no owner, or `user`."""
    return owner_named(customer) in ("", str(user.pk))


def user_id_named(customer: Customer) -> UUID | None:
    try:
        return UUID(owner_named(customer))
    except ValueError:
        return None  # nobody, or written by another system on the same account


def _owner_of(email: str) -> User | None:
    address = normalize_email(email)
    hold(f"address:{address}")
    verified = EmailAddress.objects.filter(email=address, verified=True)
    proof = verified.select_related("user").first()
    return proof.user if proof else None


def give(customer_id: str, user: User, *, how: str) -> bool:
    """Make `user` the owner of a customer and its payments; False where it is not free.

    `how` they came to it is for the audit log.
    """
    with transaction.atomic():
        hold(customer_id)
        free = customers().filter(id=customer_id, subscriber=None)
        customer = free.first()
        if customer is None or not is_free_for(customer, user):
            return False
        free.update(subscriber=user)
        payments = Payment.objects.filter(stripe_customer_id=customer_id, user=None)
        payments.update(user=user)
        warn_of_doubles(customer_id)
        transaction.on_commit(lambda: _told(customer_id, user, how))
        seats.follow_later(user.pk)  # a guest has paid for one
    return True


def _told(customer_id: str, user: User, how: str) -> None:
    announce(customer_id, user, how=how)
    write_owner.enqueue(customer_id, str(user.pk))
    # Who has a plan now should not pay on a page that was opened before.
    close_pages.enqueue(str(user.pk))


def announce(
    customer_id: str, user: User, *, how: str, actor: User | None = None
) -> None:
    """What follows when `user` has become the owner of a customer."""
    audit.record(
        "billing.customer_linked",
        user=user,
        actor=actor,
        customer=customer_id,
        how=how,
    )
