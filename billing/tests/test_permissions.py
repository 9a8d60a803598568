"""What only a plan allows: 402 with the plans that would do."""

from http import HTTPStatus

import pytest
from django_tasks import task
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.viewsets import ViewSet

from billing import actions
from billing.api.permissions import HasPlan, WorkspaceHasPlan
from billing.entitlements import plan_key
from billing.tests.conftest import receiving
from workspaces.api.base import WorkspaceScopedViewSet


class Reports(ViewSet):
    permission_classes = (IsAuthenticated, HasPlan.named("pro", "starter"))

    def list(self, request):
        return Response("the reports")


class ProReports(Reports):
    permission_classes = (IsAuthenticated, HasPlan.named("pro"))


class AnyPlanReports(Reports):
    permission_classes = (IsAuthenticated, HasPlan)


class WorkspaceReports(WorkspaceScopedViewSet):
    permission_classes = (IsAuthenticated, WorkspaceHasPlan.named("starter"))

    def list(self, request, workspace_id):
        return Response("the reports")


@task()
def report(user_id):
    return plan_key(user_id)


def ask(viewset, user, **kwargs):
    request = APIRequestFactory().get("/")
    if user is not None:
        force_authenticate(request, user)
    response = viewset.as_view({"get": "list"})(request, **kwargs)
    response.render()
    return response


@pytest.mark.parametrize(
    ("viewset", "named"),
    [(Reports, ["pro", "starter"]), (ProReports, ["pro"]), (AnyPlanReports, [])],
)
def test_without_a_plan(make_user, viewset, named):
    response = ask(viewset, make_user("ada"))

    assert response.status_code == HTTPStatus.PAYMENT_REQUIRED
    assert response.data["errors"][0]["code"] == "plan_required"
    assert response.data["plans"] == named


def test_with_a_plan(make_user, subscribe):
    ada = make_user("ada")
    subscribe(ada)

    assert ask(Reports, ada).status_code == HTTPStatus.OK
    assert ask(AnyPlanReports, ada).status_code == HTTPStatus.OK
    assert ask(ProReports, ada).status_code == HTTPStatus.PAYMENT_REQUIRED


def test_nobody_is_asked_to_sign_in_first(db):
    assert ask(Reports, None).status_code == HTTPStatus.UNAUTHORIZED


def test_sc_114_plan_that_ends_is_missed_on_the_next_request(
    make_user, subscribe, webhook, fake
):

    ada = make_user("ada")
    subscribe(ada)
    actions.cancel_subscription(ada)
    fake.advance(days=32)
    webhook.deliver()

    assert ask(Reports, ada).status_code == HTTPStatus.PAYMENT_REQUIRED


def test_sc_114_a_task_and_a_webhook_miss_a_plan_that_has_ended(
    make_user, subscribe, webhook, fake
):
    """The handler of the very event that tells of the end does not give it any more."""
    ada, seen = make_user("ada"), []
    subscribe(ada)
    actions.cancel_subscription(ada)
    assert report.enqueue(str(ada.pk)).return_value == "starter"
    fake.advance(days=32)

    with receiving(
        "customer.subscription.deleted", lambda **_: seen.append(plan_key(ada))
    ):
        webhook.deliver()

    assert seen == [None]
    assert report.enqueue(str(ada.pk)).return_value is None


def test_plan_of_a_workspace_is_its_owners(owner, member, outsider, subscribe):
    workspace_id = str(owner.workspace_id)
    response = ask(WorkspaceReports, member.user, workspace_id=workspace_id)
    assert response.status_code == HTTPStatus.PAYMENT_REQUIRED

    subscribe(owner.user)

    for user, status in (
        (owner.user, HTTPStatus.OK),
        (member.user, HTTPStatus.OK),
        (outsider, HTTPStatus.NOT_FOUND),
    ):
        response = ask(WorkspaceReports, user, workspace_id=workspace_id)
        assert response.status_code == status
