"""The routes of notes and notebooks."""

from rest_framework.routers import SimpleRouter

from workspaces.tests.notes.api.views import NotebookViewSet, NoteViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("workspaces/<workspace_id>/notebooks", NotebookViewSet)
router.register("workspaces/<workspace_id>/notes", NoteViewSet)

urlpatterns = router.urls
