"""What billing stores about somebody, for the export of their account."""

from typing import Any

from djstripe.models import Customer

from accounts.export import ready, rows
from accounts.models import User
from billing.entitlements import ranked
from billing.models import Payment


def of_user(user: User) -> dict[str, Any]:
    """Customers at Stripe, subscriptions that have not ended, and every payment."""
    customers = Customer.objects.filter(subscriber=user).order_by("created", "id")
    payments = Payment.objects.of(user).order_by("created_at", "id")
    return {
        "customers": rows(customers, "id", "email", "created"),
        "subscriptions": [
            {
                "id": subscription.id,
                "plan": subscription.plan_key,
                "status": subscription.stripe_data["status"],
                "created": ready(subscription.created),
            }
            for subscription in ranked(user)
        ],
        "payments": rows(
            payments,
            "id",
            "email",
            "amount",
            "amount_refunded",
            "amount_discount",
            "currency",
            "status",
            "number",
            "invoice_url",
            "receipt_url",
            "paid_at",
            "created_at",
        ),
    }
