"""The pages after a payment as a guest: thanks, an account, and the payment into it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from accounts.networks import network_of
from billing import claims
from billing.customers import customers_of
from billing.errors import BillingUnavailable
from saas.errors import DomainError

# In the session: not in an address, which is kept and passed on.
TOKEN = "billing_claim"


@require_http_methods(["GET", "POST"])
def thanks(request: HttpRequest) -> HttpResponse:
    """After a payment as a guest: on to an account, with a claim on the payment.

    Without one (an old link, Stripe down) the address that was paid with still brings it.
    """
    if request.method == "GET":
        session_id = request.GET.get("session_id", "")
        return render(request, "billing/thanks.html", {"session_id": session_id})
    try:
        request.session[TOKEN] = _token(request)
    except DomainError as e:
        messages.warning(request, e.message)
    if request.user.is_authenticated:
        return redirect("billing-claim")
    entrance = "account_login" if "login" in request.POST else "account_signup"
    query = urlencode({"next": reverse("billing-claim")})
    return redirect(f"{reverse(entrance)}?{query}")


def _token(request: HttpRequest) -> str:
    session_id = request.POST.get("session_id", "")
    return claims.claim_token(session_id, network=network_of(request))


@require_http_methods(["GET", "POST"])
@login_required
def claim(request: HttpRequest) -> HttpResponse:
    """Asks before it takes over; what came by the verified address is there already."""
    token = request.session.get(TOKEN)
    if token is None:
        return redirect("billing")
    if request.method == "GET":
        return _ask(request, token)
    try:
        claims.claim(request.user, token=token)
    except BillingUnavailable as e:
        messages.error(request, e.message)
        return redirect("billing-claim")  # where it can be tried again
    except DomainError as e:
        messages.error(request, e.message)
    else:
        messages.success(request, "Thank you. The payment is yours now.")
    del request.session[TOKEN]
    return redirect("billing")


def _ask(request: HttpRequest, token: str) -> HttpResponse:
    try:
        customer_id = claims.customer_claimed_by(token)
    except DomainError as e:
        messages.error(request, e.message)
        return redirect("billing")
    if customers_of(request.user).filter(id=customer_id).exists():
        messages.success(request, "Thank you. The payment is yours.")
        return redirect("billing")
    return render(request, "billing/claim.html")
