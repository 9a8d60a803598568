"""What happens when Stripe tells something. dj-stripe's own receivers run before these.

By then the object has been fetched anew and stored, so a receiver reads the row: the event
may be old, or of another API version. Twice, late or out of order must be harmless.
"""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.dispatch import receiver
from djstripe.event_handlers import djstripe_receiver
from djstripe.models import Customer, Event, Invoice, Subscription, WebhookEventTrigger
from djstripe.models.base import StripeModel
from djstripe.signals import webhook_pre_process

from accounts.models import User
from billing import emails, linking, payments, seats
from billing.doubles import warn_of_doubles
from billing.locks import hold
from billing.shapes import Data, key_of, subject
from billing.tasks import close_pages

INVOICES = [
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.voided",
    "invoice.marked_uncollectible",
]
CHARGES = ["charge.succeeded", "charge.refunded"]
# What to subscribe the endpoint to; each other type is only stored.
EVENTS = [
    "checkout.session.completed",
    "checkout.session.expired",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.trial_will_end",
    *INVOICES,
    "invoice_payment.paid",
    *CHARGES,
    "charge.dispute.created",
    "product.created",
    "product.updated",
    "product.deleted",
    "price.created",
    "price.updated",
    "price.deleted",
]


@receiver(webhook_pre_process)
def one_at_a_time(
    sender: object, instance: WebhookEventTrigger, **kwargs: object
) -> None:
    """Wait until no other event of the same customer is being worked on.

    Before dj-stripe looks whether it knows the event, and before it fetches the object: so
    duplicates take effect once, and nobody stores an older state over a newer one.
    """
    hold(subject(instance.json_body))


@djstripe_receiver(
    ["customer.created", "customer.updated", "checkout.session.completed"]
)
def link_customer(sender: object, event: Event, **kwargs: object) -> None:
    linking.link_customer(subject({"data": event.data, "id": event.id}))


@djstripe_receiver(INVOICES)
def record_invoice(sender: object, event: Event, **kwargs: object) -> None:
    told = event.data["object"]
    rows = Invoice.objects.filter(id=told["id"])
    # An invoice that is gone at Stripe was not stored: then what was told has to do.
    stored, owner = rows.values_list("stripe_data", "customer__subscriber").first() or (
        told,
        None,
    )
    payments.record_invoice(stored, user_id=owner)


@djstripe_receiver("invoice_payment.paid")
def record_invoice_payment(sender: object, event: Event, **kwargs: object) -> None:
    payments.record_invoice_payment(event.data["object"])


@djstripe_receiver(CHARGES)
def record_charge(sender: object, event: Event, **kwargs: object) -> None:
    payments.record_charge(event.data["object"])


@djstripe_receiver("charge.dispute.created")
def record_dispute(sender: object, event: Event, **kwargs: object) -> None:
    payments.record_dispute(event.data["object"])


@djstripe_receiver(["customer.subscription.created", "customer.subscription.updated"])
def look_for_doubles(sender: object, event: Event, **kwargs: object) -> None:
    if _has_new(event, "status"):
        warn_of_doubles(key_of(event.data["object"]["customer"]))


@djstripe_receiver(["customer.subscription.created", "customer.subscription.updated"])
def look_at_seats(sender: object, event: Event, **kwargs: object) -> None:
    """Members may have come since the page of the checkout was made.

    And at Stripe, in the portal or by staff, a plan by the seat may be chosen for one.
    """
    # Or it was none as long as its first payment was due.
    if not _has_new(event, "items") and not _has_new(event, "status"):
        return
    if owner := _owner_of(event):
        seats.follow_later(owner)


@djstripe_receiver(["customer.subscription.created", "customer.subscription.updated"])
def close_other_pages(sender: object, event: Event, **kwargs: object) -> None:
    """Who has paid as a guest may have left a page of their own open."""
    if _has_new(event, "status") and (owner := _owner_of(event)):
        transaction.on_commit(lambda: close_pages.enqueue(str(owner)))


def _owner_of(event: Event) -> UUID | None:
    customer_id = key_of(event.data["object"]["customer"])
    owned = Customer.objects.filter(id=customer_id).exclude(subscriber=None)
    return owned.values_list("subscriber", flat=True).first()


def _has_new(event: Event, name: str) -> bool:
    """Whether this attribute of the object is another one now, as in an object just made."""
    before = event.data.get("previous_attributes") or {}
    return event.type.endswith(".created") or name in before


@djstripe_receiver("invoice.payment_failed")
def tell_of_failure(sender: object, event: Event, **kwargs: object) -> None:
    _tell(event, Invoice, emails.payment_failed)


@djstripe_receiver("invoice.paid")
def tell_of_payment(sender: object, event: Event, **kwargs: object) -> None:
    if settings.BILLING_MAIL_RECEIPTS:
        _tell(event, Invoice, emails.receipt)


@djstripe_receiver("customer.subscription.trial_will_end")
def tell_of_trial(sender: object, event: Event, **kwargs: object) -> None:
    _tell(event, Subscription, emails.trial_ending)


@djstripe_receiver("customer.subscription.deleted")
def tell_of_end(sender: object, event: Event, **kwargs: object) -> None:
    _tell(event, Subscription, emails.subscription_ended)


def _tell(
    event: Event, model: type[StripeModel], mail: Callable[[Data, User], None]
) -> None:
    """Write to the owner of the customer, if there is one, about the object as it is now."""
    told = event.data["object"]
    rows = Customer.objects.filter(id=key_of(told["customer"]))
    owner = rows.exclude(subscriber=None).select_related("subscriber").first()
    stored = model.objects.filter(id=told["id"]).values_list("stripe_data", flat=True)
    if owner is not None and (data := stored.first()):
        mail(data, owner.subscriber)
