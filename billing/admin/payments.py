"""Payment entries."""

from django.contrib import admin

from billing.admin.base import ReadOnlyAdmin
from billing.models import Payment


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "display_amount",
        "status",
        "user",
        "email",
        "number",
        "disputed_at",
        "livemode",
    )
    list_filter = (
        "status",
        "livemode",
        "created_at",
        ("disputed_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("user",)
    ordering = ("-created_at", "-id")
    fields = readonly_fields = tuple(f.name for f in Payment._meta.fields)
    search_fields = (
        "email",
        "user__email",
        "number",
        "=stripe_invoice_id",
        "=stripe_customer_id",
        "=stripe_subscription_id",
        "=stripe_payment_intent_id",
    )
