"""The routes of flags."""

from rest_framework.routers import SimpleRouter

from flags.api.views import FeatureFlagViewSet

router = SimpleRouter(trailing_slash=False)
router.register("feature_flags", FeatureFlagViewSet, basename="feature-flag")

urlpatterns = router.urls
