"""The support desk of billing: what Stripe told us, to read and to search.

dj-stripe's own pages break on current objects (invoices answer 500) and search columns that
are no longer there; keys stand in them. So all of them go, and the tables that this product
fills come back read-only. Stripe is changed in its dashboard, and the news comes here.
"""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from djstripe import models as mirror
from djstripe.models.base import StripeModel

from billing.entitlements import STATUSES
from billing.models import Payment
from billing.shapes import period

for _model in apps.get_app_config("djstripe").get_models():
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


class ReadOnlyAdmin(admin.ModelAdmin):
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "display_amount",
        "status",
        "user",
        "email",
        "number",
        "livemode",
    )
    list_filter = ("status", "livemode", "created_at")
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


class MirrorAdmin(ReadOnlyAdmin):
    """Any table of dj-stripe: the columns that every one has, and the object as Stripe has it.

    Only the keys of columns are shown, for `str()` of some of dj-stripe's objects fails.
    """

    columns: tuple[str, ...] = ()
    list_filter = ("livemode", "created")
    search_fields = ("=id",)
    ordering = ("-created", "-djstripe_id")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id", *self.columns, "created", "livemode")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.get_list_display(request), "dashboard", "stripe_data")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> tuple[str, ...]:
        return self.get_fields(request, obj)

    @admin.display(description="In Stripe's dashboard")
    def dashboard(self, row: StripeModel) -> str:
        return row.get_stripe_dashboard_url()

    @admin.display(description="Customer")
    def customer_key(self, row: Any) -> str | None:
        return row.customer_id

    @admin.display(description="Status", empty_value="-")
    def state(self, row: StripeModel) -> str | None:
        return row.stripe_data.get("status")


@admin.register(mirror.Customer)
class CustomerAdmin(MirrorAdmin):
    columns = ("email", "subscriber", "date_purged")
    list_select_related = ("subscriber",)
    search_fields = ("=id", "email", "subscriber__email")


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(s, s) for s in (*STATUSES, "incomplete", "canceled")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Model]
    ) -> QuerySet[Model]:
        wanted = self.value()
        return queryset.filter(stripe_data__status=wanted) if wanted else queryset


@admin.register(mirror.Subscription)
class SubscriptionAdmin(MirrorAdmin):
    columns = ("customer_key", "state", "ends")
    list_filter = (StatusFilter, "livemode", "created")
    search_fields = ("=id", "=customer__id", "customer__email")

    @admin.display(description="Period ends")
    def ends(self, row: mirror.Subscription) -> Any:
        return period(row.stripe_data)[1]


@admin.register(mirror.Invoice)
class InvoiceAdmin(MirrorAdmin):
    columns = ("customer_key", "state")
    search_fields = ("=id", "=customer__id", "customer__email")


@admin.register(mirror.Charge)
class ChargeAdmin(MirrorAdmin):
    columns = ("customer_key", "state")
    search_fields = ("=id", "=customer__id", "=payment_intent__id")


@admin.register(mirror.Session)
class SessionAdmin(MirrorAdmin):
    columns = ("customer_key", "state")
    search_fields = ("=id", "=customer__id")


@admin.register(mirror.Product)
class ProductAdmin(MirrorAdmin):
    columns = ("name", "active")
    search_fields = ("=id", "name")


@admin.register(mirror.Price)
class PriceAdmin(MirrorAdmin):
    columns = ("product", "currency", "active", "lookup_key")
    list_select_related = ("product",)
    search_fields = ("=id", "lookup_key", "product__name")


@admin.register(mirror.Event)
class EventAdmin(MirrorAdmin):
    columns = ("type", "api_version")
    list_filter = ("type", "livemode", "created")
    search_fields = ("=id", "type")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.get_list_display(request), "data")


@admin.register(mirror.WebhookEventTrigger)
class TriggerAdmin(ReadOnlyAdmin):
    """Each delivery, with the error of those that failed. Signatures are left out."""

    list_display = ("created", "event_key", "valid", "processed", "exception")
    list_filter = ("processed", "created")
    search_fields = ("=event__id", "exception")
    ordering = ("-id",)
    fields = readonly_fields = (
        "created",
        "event_key",
        "remote_ip",
        "valid",
        "processed",
        "exception",
        "traceback",
        "body",
    )

    @admin.display(description="Event")
    def event_key(self, row: mirror.WebhookEventTrigger) -> str | None:
        return row.event_id
