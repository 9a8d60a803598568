"""The other objects as Stripe has them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from djstripe import models as mirror

from billing import money
from billing.admin.base import MirrorAdmin
from billing.doubles import doubles
from billing.entitlements import STATUSES
from billing.shapes import period


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

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "GET":
            for user_id, count in doubles():
                told = f"User {user_id} has {count} live subscriptions: cancel some."
                messages.warning(request, told)
        return super().changelist_view(request, extra_context)

    @admin.display(description="Period ends")
    def ends(self, row: mirror.Subscription) -> Any:
        return period(row.stripe_data)[1]


@admin.register(mirror.Invoice)
class InvoiceAdmin(MirrorAdmin):
    columns = ("customer_key", "number", "amount", "state")
    search_fields = ("=id", "=customer__id", "customer__email")

    def title_of(self, row: mirror.Invoice) -> str:
        return f"Invoice {self.number(row)} for {self.amount(row)}"

    @admin.display(description="Number")
    def number(self, row: mirror.Invoice) -> str:
        return row.stripe_data.get("number") or row.id

    @admin.display(description="Total")
    def amount(self, row: mirror.Invoice) -> str:
        return money.display(row.stripe_data["total"], row.stripe_data["currency"])


@admin.register(mirror.Charge)
class ChargeAdmin(MirrorAdmin):
    columns = ("customer_key", "total", "refunded", "state")
    search_fields = ("=id", "=customer__id", "=payment_intent__id")

    def title_of(self, row: mirror.Charge) -> str:
        return f"Charge of {self.total(row)}"

    @admin.display(description="Amount")
    def total(self, row: mirror.Charge) -> str:
        return money.display(row.stripe_data["amount"], row.stripe_data["currency"])

    @admin.display(description="Refunded")
    def refunded(self, row: mirror.Charge) -> str:
        data = row.stripe_data
        return money.display(data["amount_refunded"], data["currency"])


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
