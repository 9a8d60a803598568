"""Customers: one page that answers what support is asked, and reads it anew from Stripe."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from djstripe.models import Customer, Event, Subscription

from billing import inbox
from billing.admin.base import MirrorAdmin
from billing.admin.owners import RIGHT, Owners
from billing.customers import NOBODY
from billing.entitlements import STATUSES, entitlement
from billing.errors import BillingRefused, BillingUnavailable
from billing.linking import owner_named
from billing.models import Payment
from billing.resync import resync_customer
from billing.shapes import period

PAYMENTS_SHOWN, EVENTS_SHOWN = 20, 20


@admin.register(Customer)
class CustomerAdmin(Owners, MirrorAdmin):
    columns = ("email", "subscriber", "date_purged")
    list_select_related = ("subscriber",)
    search_fields = ("=id", "email", "subscriber__email")
    change_form_template = "admin/billing/customer.html"

    def get_urls(self) -> list[URLPattern]:
        views = {
            "resync": self.resync_view,
            "link": self.link_view,
            "unlink": self.unlink_view,
        }
        ours = [
            path(
                f"<int:pk>/{name}",
                self.admin_site.admin_view(view),
                name=f"djstripe_customer_{name}",
            )
            for name, view in views.items()
        ]
        return [*ours, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        customer = self.get_object(request, object_id)
        told = {} if customer is None else answers(customer)
        told["may_change"] = request.user.has_perm(RIGHT)
        return super().change_view(request, object_id, form_url, told)

    @method_decorator(require_POST)
    def resync_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied
        customer = get_object_or_404(Customer, pk=pk)
        try:
            resync_customer(customer.id)
        except (BillingUnavailable, BillingRefused) as e:
            messages.error(request, e.message)
        else:
            self.log_change(request, customer, "Read anew from Stripe.")
            messages.success(request, "This is what Stripe says now.")
        return HttpResponseRedirect(
            reverse("admin:djstripe_customer_change", args=[pk])
        )


def answers(customer: Customer) -> dict[str, Any]:
    """What the owner has, over all their customers at Stripe; of a guest, of this one."""
    owner = customer.subscriber
    family = Customer.objects.filter(subscriber=owner) if owner else None
    keys = list(family.values_list("id", flat=True)) if owner else [customer.id]
    rows = Subscription.objects.filter(customer__id__in=keys).order_by("-created", "pk")
    subscriptions = [
        {
            "row": row,
            "status": row.stripe_data["status"],
            "ends_at": period(row.stripe_data)[1],
        }
        for row in rows
    ]
    theirs = Q(data__object__customer__in=keys) | Q(data__object__id__in=keys)
    in_body = Q(told__data__object__customer__in=keys) | Q(
        told__data__object__id__in=keys
    )
    return {
        "owner": owner,
        "nobody_because": "" if owner else _why_nobody(customer),
        "entitlement": entitlement(owner) if owner else None,
        "customer_keys": keys,
        "subscriptions": subscriptions,
        "is_double": sum(s["status"] in STATUSES for s in subscriptions) > 1,
        "payments": Payment.objects.filter(stripe_customer_id__in=keys).order_by(
            "-created_at", "-id"
        )[:PAYMENTS_SHOWN],
        "events": Event.objects.filter(theirs).order_by("-created", "-pk")[
            :EVENTS_SHOWN
        ],
        "failures": inbox.failed().filter(in_body).order_by("-id")[:EVENTS_SHOWN],
    }


def _why_nobody(customer: Customer) -> str:
    former = owner_named(customer)
    if former == NOBODY:
        return "staff has taken it away from its owner."
    if former:
        return "the account of its owner was deleted."
    return f"who paid has not proved the address {customer.email} yet."
