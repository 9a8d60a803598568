"""The pages of billing: what somebody pays for, and the ways to Stripe's pages."""

from collections.abc import Callable
from functools import wraps

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from billing import actions
from billing.customers import customers_of, ever_subscribed
from billing.entitlements import subscription_of, subscriptions_of
from billing.errors import UnknownPrice
from billing.models import Payment
from billing.plans import features, is_per_seat, plans_for_sale, trial_days
from billing.previews import ways_from
from saas.errors import DomainError

PAYMENTS_SHOWN = 24
# The success page asks again this often, every few seconds, before it asks for patience.
LOOKS = 15

STATE_NAMES = {
    "active": "Active",
    "trialing": "Trial",
    "past_due": "Payment failed",
    "unpaid": "Payment failed",
    "paused": "Paused",
}

# What the API says of a route is of no use to who has pressed an old button.
FOR_PEOPLE = {
    UnknownPrice.code: "This plan is not sold any more. Choose one of those on this page.",
}

View = Callable[[HttpRequest], HttpResponse]


def leads_to_stripe(view: View) -> View:
    """A browser applies form-action to where a form is redirected, too."""

    @wraps(view)
    def allowed(request: HttpRequest) -> HttpResponse:
        origins = {"form-action": settings.STRIPE_PAGE_ORIGINS}
        return csp_update(origins)(view)(request)

    return allowed


def refusals_are_messages(view: View) -> View:
    """Back to the overview with the words of a refusal."""

    @wraps(view)
    def told(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except DomainError as e:
            messages.error(request, FOR_PEOPLE.get(e.code, e.message))
            return redirect("billing")

    return told


@require_GET
@login_required
@leads_to_stripe
def overview(request: HttpRequest) -> HttpResponse:
    payments = Payment.objects.of(request.user).order_by("-created_at", "-id")
    state, *others = subscriptions_of(request.user) or [None]
    has_trial = state is None and not ever_subscribed(request.user)
    plans = [
        {
            "product": product,
            "features": features(product),
            "trial_days": trial_days(product) if has_trial else 0,
            "per_seat": is_per_seat(product),
        }
        for product in ([] if state else plans_for_sale())
    ]
    return render(
        request,
        "billing/overview.html",
        {
            "subscription": state,
            "ways": ways_from(state) if state else [],
            "state_name": state and STATE_NAMES[state.status],
            "others": [other for other in others if not other.is_ending],
            "plans": plans,
            "payments": payments[:PAYMENTS_SHOWN],
            "is_customer": customers_of(request.user).exists(),
        },
    )


@require_POST
@login_required
@refusals_are_messages
def checkout(request: HttpRequest) -> HttpResponse:
    price_id = request.POST.get("price", "")
    return redirect(actions.start_checkout(request.user, price_id=price_id))


@require_POST
@login_required
@refusals_are_messages
def portal(request: HttpRequest) -> HttpResponse:
    return redirect(actions.open_portal(request.user))


@require_POST
@login_required
@refusals_are_messages
def resume(request: HttpRequest) -> HttpResponse:
    actions.resume_subscription(request.user)
    messages.success(request, "Your plan goes on.")
    return redirect("billing")


@require_GET
@login_required
def success(request: HttpRequest) -> HttpResponse:
    """Where a checkout comes back to. It grants nothing: it waits for what Stripe tells us."""
    state = subscription_of(request.user)
    if state and state.has_access:
        messages.success(request, f"Thank you. You are on {state.plan_name} now.")
        return redirect("billing")
    look = request.GET.get("look", "1")
    number = int(look) if look.isdecimal() and len(look) < 3 else LOOKS
    return render(
        request,
        "billing/success.html",
        {"next_look": number + 1 if number < LOOKS else None},
    )
