"""The page of a change of plan: what it costs, and the button that makes it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from billing import actions
from billing.entitlements import subscription_of
from billing.pages import refusals_are_messages


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@refusals_are_messages
def change(request: HttpRequest) -> HttpResponse:
    """GET shows what the change to `?price=` would cost, POST makes it just so."""
    if request.method == "POST":
        return _make(request)
    price_id = request.GET.get("price")
    if price_id is None:  # the address alone: plans are chosen on the overview
        return redirect("billing")
    preview = actions.preview_change(request.user, price_id=price_id)
    context = {"preview": preview, "subscription": subscription_of(request.user)}
    return render(request, "billing/change.html", context)


def _make(request: HttpRequest) -> HttpResponse:
    actions.change_price(
        request.user,
        price_id=request.POST.get("price", ""),
        preview=request.POST.get("preview", ""),
    )
    state = subscription_of(request.user)
    if state is not None:
        messages.success(request, f"You are on {state.plan_name} now.")
    return redirect("billing")
