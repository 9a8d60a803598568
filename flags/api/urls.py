"""The routes of flags."""

from rest_framework.routers import SimpleRouter

from flags.api.ofrep import EvaluateAllViewSet, EvaluateOneViewSet
from flags.api.views import FeatureFlagViewSet

OFREP = "ofrep/v1/evaluate/flags"

router = SimpleRouter(trailing_slash=False)
router.register("feature_flags", FeatureFlagViewSet, basename="feature-flag")
router.register(OFREP, EvaluateAllViewSet, basename="ofrep-all")
router.register(rf"{OFREP}/(?P<key>[^/]+)", EvaluateOneViewSet, basename="ofrep-one")

urlpatterns = router.urls
