"""What was paid: one row per invoice of Stripe, kept even when Stripe forgets the customer."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from billing import money


class PaymentQuerySet(models.QuerySet["Payment"]):
    def of(self, user: Any) -> "PaymentQuerySet":
        """The payments of `user`: nobody else learns that one exists.

        A row without status is one half of the story: its invoice has not arrived yet.
        """
        return self.filter(user=user, livemode=settings.STRIPE_LIVE_MODE).exclude(
            status=""
        )


class Payment(models.Model):
    """An invoice that asked for money, and what became of it.

    Amounts are integers in the smallest unit of the currency (cents, yen). Everything but
    the user is written by what Stripe tells, in any order: see `billing/payments.py`.
    """

    class Status(models.TextChoices):
        """Those of invoices: https://docs.stripe.com/invoicing/overview#invoice-statuses"""

        OPEN = "open"
        PAID = "paid"
        UNCOLLECTIBLE = "uncollectible"
        VOID = "void"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="payments",
    )
    email = models.CharField(max_length=512, blank=True)
    amount = models.BigIntegerField(default=0)
    amount_refunded = models.BigIntegerField(default=0)
    # What coupons took off before; `amount` is without it.
    amount_discount = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=Status, blank=True)
    number = models.CharField(max_length=128, blank=True)
    invoice_url = models.URLField(max_length=2000, blank=True)
    invoice_pdf_url = models.URLField(max_length=2000, blank=True)
    receipt_url = models.URLField(max_length=2000, blank=True)
    stripe_invoice_id = models.CharField(max_length=255, unique=True)
    stripe_customer_id = models.CharField(max_length=255, blank=True, db_index=True)
    stripe_subscription_id = models.CharField(max_length=255, blank=True)
    stripe_payment_intent_id = models.CharField(
        max_length=255, blank=True, db_index=True
    )
    livemode = models.BooleanField()
    paid_at = models.DateTimeField(null=True, blank=True)
    # The bank took the money back and asks; what becomes of that is in Stripe's dashboard.
    disputed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["user", "-created_at", "-id"], name="payment_list_of_user"
            )
        ]

    def __str__(self) -> str:
        return f"{self.display_amount} ({self.status or 'not known yet'})"

    @property
    def display_amount(self) -> str:
        return money.display(self.amount, self.currency)
