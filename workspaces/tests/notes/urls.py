"""The routes of the product with those of this app, and one more for its tests."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from saas import urls
from workspaces.tests.notes.api.serializers import NoteSerializer
from workspaces.tests.notes.api.views import NoteViewSet


class ShownSerializer(NoteSerializer):
    class Meta(NoteSerializer.Meta):
        fields = ["id", "workspace", "text"]


class ShownViewSet(NoteViewSet):
    serializer_class = ShownSerializer


router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("workspaces/<workspace_id>/shown", ShownViewSet, basename="shown")

urlpatterns = [
    *urls.urlpatterns,
    path("", include("workspaces.tests.notes.api.urls")),
    path("", include(router.urls)),
]
handler404 = urls.handler404
handler500 = urls.handler500
