"""Whose customers are: as `billing/linking.py` has it, and as Stripe is told."""

from collections.abc import Callable

from allauth.account.models import EmailAddress
from django.db import transaction
from djstripe.models import Customer

from accounts.models import User, normalize_email
from billing import linking, mirror
from billing.customers import OWNER_KEY, customers
from billing.locks import hold
from billing.reconcile.run import CHUNK, Run, chunks
from billing.tasks import write_owner


def link_customers(run: Run) -> None:
    """To whom they name, as after a database was restored, or to a proved address."""
    unowned = customers().filter(subscriber=None)
    for chunk in chunks(unowned.iterator(CHUNK)):
        proved, living = _proved_of(chunk), _named_of(chunk)
        for customer in chunk:
            name = linking.owner_named(customer)
            is_due = name in living if name else customer.email in proved
            if is_due:
                run.mend(f"owner of customer {customer.id}", _link(customer.id))


def _proved_of(unowned: list[Customer]) -> set[str]:
    """Of their addresses, as Stripe spells them, those that somebody has proved."""
    spellings = {c.email: normalize_email(c.email) for c in unowned if c.email}
    rows = EmailAddress.objects.filter(email__in=spellings.values(), verified=True)
    proved = set(rows.values_list("email", flat=True))
    return {told for told, address in spellings.items() if address in proved}


def _named_of(unowned: list[Customer]) -> set[str]:
    """Of the owners that Stripe names, those who have an account."""
    named = {linking.owner_named(c): linking.user_id_named(c) for c in unowned}
    living = set(
        User.objects.filter(pk__in=filter(None, named.values())).values_list(
            "pk", flat=True
        )
    )
    return {name for name, key in named.items() if key in living}


def _link(customer_id: str) -> Callable[[], None]:
    def work() -> None:
        with transaction.atomic():
            hold(customer_id)
            linking.link_customer(customer_id)

    return work


def tell_owners(run: Run) -> None:
    owned = customers().exclude(subscriber=None)
    for customer in owned.exclude(metadata__has_key=OWNER_KEY):
        run.mend(
            f"metadata of customer {customer.id}",
            lambda c=customer: _tell_owner(c.id, str(c.subscriber_id)),
        )


def _tell_owner(customer_id: str, user_id: str) -> None:
    write_owner.call(customer_id, user_id)
    mirror.refresh_customer(customer_id)
