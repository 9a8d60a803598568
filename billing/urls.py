"""The pages of billing, under /accounts/billing/."""

from django.urls import path

from billing import change_pages, claim_pages, pages

urlpatterns = [
    path("", pages.overview, name="billing"),
    path("checkout/", pages.checkout, name="billing-checkout"),
    path("change/", change_pages.change, name="billing-change"),
    path("portal/", pages.portal, name="billing-portal"),
    path("resume/", pages.resume, name="billing-resume"),
    path("success/", pages.success, name="billing-success"),
    path("thanks/", claim_pages.thanks, name="billing-thanks"),
    path("claim/", claim_pages.claim, name="billing-claim"),
]
