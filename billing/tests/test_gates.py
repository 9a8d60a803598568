"""`plan_required` around a view: on a page and on a route that is no viewset."""

import json
from http import HTTPStatus

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory

from billing.gates import plan_required
from saas.errors import NotAuthenticated
from saas.middleware import EnvelopeMiddleware


@plan_required("pro", "enterprise")
def report(request):
    return HttpResponse("the report")


@plan_required()
def anything(request):
    return HttpResponse("anything")


def ask(view, user, path):
    """As the middleware has Django answer."""
    request = RequestFactory().get(path)
    request.user = user

    def answer(request):
        try:
            return view(request)
        except Exception as e:
            return envelope.process_exception(request, e)

    envelope = EnvelopeMiddleware(answer)
    return envelope(request)


def test_route_names_the_plans_that_would_do(make_user, prices):
    response = ask(report, make_user("ada"), "/reports")

    assert response.status_code == HTTPStatus.PAYMENT_REQUIRED
    told = json.loads(response.content)
    assert told["errors"][0]["code"] == "plan_required"
    assert told["plans"] == ["pro", "enterprise"]
    assert told["errors"][0]["detail"] == "This needs a plan: Pro or enterprise."


def test_page_says_so_in_words(make_user, prices):
    response = ask(report, make_user("ada"), "/accounts/reports/")

    assert response.status_code == HTTPStatus.PAYMENT_REQUIRED
    assert "This needs a plan: Pro or enterprise." in response.content.decode()


def test_where_any_plan_will_do_those_for_sale_are_named(make_user, prices):
    response = ask(anything, make_user("ada"), "/reports")

    assert b'"plans": ["starter", "pro"]' in response.content


def test_who_has_the_plan_gets_in(
    make_user, prices, subscribe, django_assert_num_queries
):
    ada = make_user("ada")
    subscribe(ada, prices.pro)

    with django_assert_num_queries(1):
        assert ask(report, ada, "/reports").content == b"the report"
    assert ask(anything, ada, "/reports").content == b"anything"


def test_nobody_is_asked_to_sign_in(db):
    with pytest.raises(NotAuthenticated):
        report(_of_nobody())


def _of_nobody():
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    return request
