"""The routes of billing."""

from rest_framework.routers import SimpleRouter

from billing.api import claim_views, views
from billing.api.webhook import StripeWebhookViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("payment/plans", views.PlanViewSet, "plan")
router.register("payment/checkout", views.CheckoutViewSet, "checkout")
router.register("payment/guest_checkout", views.GuestCheckoutViewSet, "guest-checkout")
router.register("payment/claim", claim_views.ClaimViewSet, "claim")
router.register("payment/subscription", views.SubscriptionViewSet, "subscription")
router.register("payment/portal", views.PortalViewSet, "portal")
router.register("payment/payments", views.PaymentViewSet, "payment")
router.register("webhook/stripe", StripeWebhookViewSet, "stripe-webhook")

urlpatterns = router.urls
