"""What the pages of billing share: they are for reading."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from djstripe.models.base import StripeModel

from saas.admin import ReadOnly


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    list_per_page = 50
    show_full_result_count = False


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
