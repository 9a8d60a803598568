"""Linking a customer by hand: choose a user, see what it means, confirm."""

from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_POST
from djstripe.models import Customer

from accounts.models import User, normalize_email
from billing import linking
from billing.actions import owners
from billing.customers import NOBODY
from billing.entitlements import entitlement
from billing.models import Payment
from saas.errors import DomainError

RIGHT = "djstripe.change_customer"
PAYMENTS_SHOWN = 5


class OwnerForm(forms.Form):
    """`owner` is the user with the address that was typed."""

    owner = forms.EmailField(label="Address of the user", max_length=254)

    def clean_owner(self) -> User:
        email = normalize_email(self.cleaned_data["owner"])
        user = User.objects.filter(email=email).first()
        if user is None:
            raise forms.ValidationError("There is no user with this address.")
        if not EmailAddress.objects.filter(user=user, verified=True).exists():
            raise forms.ValidationError("This user has not confirmed an address yet.")
        return user


class Owners:
    """Mixed into the admin of customers: two views beside its page."""

    @method_decorator(require_http_methods(["GET", "POST"]))
    def link_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form; sent once it asks for confirmation, and sent with that it links."""
        customer = _customer_of(request, pk)
        form = OwnerForm(request.POST or None)
        if request.method == "GET" or not form.is_valid():
            return self._owner_page(request, customer, form=form)
        owner = form.cleaned_data["owner"]
        if "confirmed" not in request.POST:
            has = entitlement(owner)
            return self._owner_page(
                request,
                customer,
                form=form,
                owner=owner,
                entitlement=has,
                is_taken=_is_taken(customer, owner),
            )
        return self._change_owner(
            request,
            customer,
            lambda: owners.give_customer(
                customer.id, owner, by=request.user, moving="moving" in request.POST
            ),
            "Linked to {}.",
            owner,
        )

    @method_decorator(require_POST)
    def unlink_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        customer = _customer_of(request, pk)
        return self._change_owner(
            request,
            customer,
            lambda: owners.take_customer(customer.id, by=request.user),
            "Unlinked from {}.",
            customer.subscriber,
        )

    def _owner_page(
        self, request: HttpRequest, customer: Customer, **told: Any
    ) -> HttpResponse:
        payments = Payment.objects.filter(stripe_customer_id=customer.id)
        context = {
            **self.admin_site.each_context(request),
            "title": "Link customer",
            "opts": self.opts,
            "customer": customer,
            "payments": payments.order_by("-created_at", "-id")[:PAYMENTS_SHOWN],
            **told,
        }
        return TemplateResponse(request, "admin/billing/link.html", context)

    def _change_owner(
        self,
        request: HttpRequest,
        customer: Customer,
        change: Callable[[], None],
        done: str,
        owner: User | None,
    ) -> HttpResponse:
        try:
            change()
        except DomainError as e:
            messages.error(request, e.message)
        else:
            # By key: the audit log keeps it, and holds no addresses.
            self.log_change(request, customer, done.format(owner and owner.pk))
            messages.success(request, done.format(owner))
        return redirect("admin:djstripe_customer_change", customer.pk)


def _is_taken(customer: Customer, owner: User) -> bool:
    """Whether it has an owner, or had one, who is not `owner`: also one who is gone."""
    free = ("", NOBODY, str(owner.pk))
    return customer.subscriber is not None or linking.owner_named(customer) not in free


def _customer_of(request: HttpRequest, pk: int) -> Customer:
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    rows = Customer.objects.select_related("subscriber")
    return get_object_or_404(rows, pk=pk)
