"""What the pages of billing share: they are for reading."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from djstripe.models.base import StripeModel

from saas.admin import ReadOnly


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    list_per_page = 50
    show_full_result_count = False


class MirrorAdmin(ReadOnlyAdmin):
    """Any table of dj-stripe: the columns that every one has, and the object as Stripe has it.

    Only the keys of columns are shown, and rows are titled by `title_of`: `str()` of some of
    dj-stripe's objects fails, and others take yen for dollars and cents.
    """

    change_form_template = "admin/billing/mirror.html"
    object_history_template = "admin/billing/mirror_history.html"

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

    def title_of(self, row: Any) -> str:
        return row.id

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        told = {"subtitle": self._title(request, object_id), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, told)

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        title = self._title(request, object_id)
        told = {"title": f"Change history: {title}", "subtitle": title}
        return super().history_view(request, object_id, told)

    def _title(self, request: HttpRequest, object_id: str) -> str | None:
        row = self.get_object(request, object_id)
        return None if row is None else self.title_of(row)

    @admin.display(description="In Stripe's dashboard")
    def dashboard(self, row: StripeModel) -> str:
        url = row.get_stripe_dashboard_url()
        return format_html('<a href="{}">{}</a>', url, row.id)

    @admin.display(description="Customer")
    def customer_key(self, row: Any) -> str | None:
        return row.customer_id

    @admin.display(description="Status", empty_value="-")
    def state(self, row: StripeModel) -> str | None:
        return row.stripe_data.get("status")
