"""A feature that is off is refused alike at every door: route, page, task, template (SC 114)."""

from http import HTTPStatus

import pytest
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django_tasks import task
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from flags.api.permissions import FeatureEnabled
from flags.decorators import flag_required
from flags.errors import FeatureDisabled
from flags.evaluation import require
from flags.middleware import FlagsMiddleware
from flags.testing import override_flag
from saas import urls
from workspaces.access import membership_of


class BetaView(APIView):
    permission_classes = [IsAuthenticated, FeatureEnabled.for_("beta")]

    def get(self, request):
        return Response({"beta": True})


class WorkspaceBetaView(APIView):
    """As the base of workspace-scoped viewsets does: the workspace is known, then asked."""

    permission_classes = [IsAuthenticated, FeatureEnabled.for_("beta")]

    def initial(self, request, workspace_id):
        self.perform_authentication(request)
        self.workspace = membership_of(request.user, workspace_id).workspace
        super().initial(request)

    def get(self, request, workspace_id):
        return Response({"beta": True})


@flag_required("beta")
def beta_page(request):
    return HttpResponse("beta")


@csrf_exempt
def beta_hook(request):
    require("beta", user=User.objects.get(pk=request.POST["user"]))
    return HttpResponse("beta")


@task()
def beta_task(user_id: str) -> str:
    require("beta", user=User.objects.get(pk=user_id))
    return "beta"


urlpatterns = [
    path("beta", BetaView.as_view()),
    path("beta/<uuid:workspace_id>", WorkspaceBetaView.as_view()),
    path("accounts/beta", beta_page),
    path("beta_plain", beta_page),
    path("beta_hook", beta_hook),
    *urls.urlpatterns,
]
handler403, handler404 = urls.handler403, urls.handler404

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


def test_sc_114_a_route_opens_and_closes_for_a_token_already_issued(
    as_user, outsider, flag
):
    client = as_user(outsider)
    row = flag("beta", False)

    closed = client.get("/beta")
    row.is_enabled = True
    row.save()
    opened = client.get("/beta")
    row.is_locked, row.is_enabled = True, False
    row.save()
    killed = client.get("/beta")

    assert opened.status_code == HTTPStatus.OK
    for answer in (closed, killed):
        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert answer.json()["errors"][0]["code"] == "feature_disabled"
        assert answer.json()["feature_name"] == "beta"


def test_the_permission_asks_who_first(anonymous, flag):
    flag("beta", True)

    assert anonymous.get("/beta").status_code == HTTPStatus.UNAUTHORIZED


def test_a_scoped_view_is_asked_for_its_workspace(as_user, member, flag):
    flag("beta", True, member.workspace)
    client = as_user(member.user)

    assert client.get(f"/beta/{member.workspace.pk}").status_code == HTTPStatus.OK
    assert client.get("/beta").status_code == HTTPStatus.FORBIDDEN


def test_sc_113_a_flag_opens_nothing_of_somebody_else(
    as_user, workspace, outsider, flag
):
    """On for everybody, for the workspace and for whoever asks: it is no permission."""
    for subject in (None, workspace, outsider):
        flag("beta", True, subject)
    path = f"/beta/{workspace.pk}"

    assert as_user(outsider).get(path).status_code == HTTPStatus.NOT_FOUND
    assert as_user(workspace.owner).get(path).status_code == HTTPStatus.OK


def test_sc_114_a_page_is_refused_alike(client, outsider, flag):
    client.force_login(outsider)
    row = flag("beta", False)

    assert client.get("/accounts/beta").status_code == HTTPStatus.FORBIDDEN
    row.is_enabled = True
    row.save()
    assert client.get("/accounts/beta").content == b"beta"


def test_a_plain_view_outside_of_the_pages_answers_json(client):
    response = client.get("/beta_plain")

    assert response.status_code == HTTPStatus.FORBIDDEN
    assert response.json()["errors"][0]["code"] == "feature_disabled"


def test_sc_114_a_task_is_refused_alike(outsider, flag):
    row = flag("beta", False)
    assert (
        beta_task.enqueue(str(outsider.pk)).errors[0].exception_class is FeatureDisabled
    )

    row.is_enabled = True
    row.save()
    assert beta_task.enqueue(str(outsider.pk)).return_value == "beta"


def test_sc_114_a_webhook_is_refused_alike(client, outsider, flag):
    """Nobody is signed in there: whose news it is stands in the body."""
    row = flag("beta", False)

    def tell():
        return client.post("/beta_hook", {"user": str(outsider.pk)})

    assert tell().status_code == HTTPStatus.FORBIDDEN
    assert tell().json()["errors"][0]["code"] == "feature_disabled"
    row.is_enabled = True
    row.save()
    assert tell().content == b"beta"


TEMPLATE = Template(
    "{% load flags %}{% flag 'beta' workspace=workspace as on %}"
    "{% if on %}on{% else %}off{% endif %}"
)


def test_a_template_asks_for_the_request_and_its_workspace(member, flag):
    flag("beta", True, member.workspace)
    request = RequestFactory().get("/")
    request.user = member.user
    FlagsMiddleware(lambda request: HttpResponse())(request)

    outside = TEMPLATE.render(Context({"request": request}))
    inside = TEMPLATE.render(
        Context({"request": request, "workspace": member.workspace})
    )

    assert (outside, inside) == ("off", "on")


def test_override_flag_switches_and_puts_back(as_user, outsider, flag):
    flag("beta", False, outsider)
    before = flag("beta", False, description="kept")
    client = as_user(outsider)

    with override_flag("beta", True):
        assert client.get("/beta").status_code == HTTPStatus.OK

    assert client.get("/beta").status_code == HTTPStatus.FORBIDDEN
    before.refresh_from_db()
    assert (before.is_locked, before.description) == (False, "kept")


@override_flag("beta", True)
def test_override_flag_decorates_a_test_with_fixtures(as_user, outsider):
    assert as_user(outsider).get("/beta").status_code == HTTPStatus.OK
