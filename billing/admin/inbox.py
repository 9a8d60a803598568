"""The webhook inbox: deliveries with the errors of those that failed, and a button for them."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from djstripe.models import WebhookEventTrigger

from billing import inbox
from billing.admin.base import ReadOnlyAdmin

RIGHT = "djstripe.change_webhookeventtrigger"


class OutcomeFilter(admin.SimpleListFilter):
    title = "what became of it"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("failed", "failed"),
            ("recovered", "failed, a later try worked"),
            ("handled", "handled"),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[WebhookEventTrigger]
    ) -> QuerySet[WebhookEventTrigger]:
        match self.value():
            case "failed":
                return queryset.filter(pk__in=inbox.failed().values("pk"))
            case "recovered":
                return queryset.filter(pk__in=inbox.recovered().values("pk"))
            case "handled":
                return queryset.filter(processed=True)
        return queryset


@admin.register(WebhookEventTrigger)
class DeliveryAdmin(ReadOnlyAdmin):
    """Each delivery; signatures are left out. To replay needs the right to change."""

    list_display = ("created", "event_key", "valid", "processed", "exception")
    list_filter = (OutcomeFilter, "created")
    search_fields = ("=event__id", "exception", "body")
    search_help_text = "An event, an error, or any id that Stripe told of."
    ordering = ("-id",)
    actions = ("replay_selected",)
    change_form_template = "admin/billing/delivery.html"
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
    def event_key(self, row: WebhookEventTrigger) -> str:
        told = row.json_body
        return f"{told.get('id')} ({told.get('type')})"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.replay_view)
        name = "djstripe_webhookeventtrigger_replay"
        return [path("<int:pk>/replay", view, name=name), *super().get_urls()]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RIGHT)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"may_replay": self.has_replay_permission(request)}
        return super().change_view(request, object_id, form_url, context)

    @admin.action(description="Replay selected deliveries", permissions=["replay"])
    def replay_selected(
        self, request: HttpRequest, queryset: QuerySet[WebhookEventTrigger]
    ) -> None:
        # The oldest first, as they happened.
        for delivery in queryset.order_by("id"):
            self._replay(request, delivery)

    @method_decorator(require_POST)
    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_replay_permission(request):
            raise PermissionDenied
        self._replay(request, get_object_or_404(WebhookEventTrigger, pk=pk))
        page = reverse("admin:djstripe_webhookeventtrigger_change", args=[pk])
        return HttpResponseRedirect(page)

    def _replay(self, request: HttpRequest, delivery: WebhookEventTrigger) -> None:
        name = self.event_key(delivery)
        try:
            is_new = inbox.replay(delivery)
        except inbox.ReplayFailed as e:
            level, told = messages.ERROR, f"{name}: {e}"
        else:
            what = "replayed" if is_new else "had taken effect before, nothing was done"
            level, told = messages.SUCCESS, f"{name}: {what}."
        self.log_change(request, delivery, f"Replay of {told}")
        messages.add_message(request, level, told)
