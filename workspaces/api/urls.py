"""The routes of workspaces."""

from rest_framework.routers import SimpleRouter

from workspaces.api.views import MemberViewSet, WorkspaceViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("workspaces", WorkspaceViewSet, basename="workspace")
router.register("workspaces/<workspace_id>/members", MemberViewSet, basename="member")

urlpatterns = router.urls
