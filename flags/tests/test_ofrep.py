"""OFREP: what the protocol says, and what the official SDK makes of a real server."""

from http import HTTPStatus
from uuid import uuid4

import pytest
from django.utils import timezone
from openfeature import api as openfeature
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode

URL = "/ofrep/v1/evaluate/flags"


@pytest.fixture
def flags(flag, member):
    """One feature of each kind of answer."""
    flag("everybody", True)
    flag("killed", False, is_locked=True)
    flag("killed", True, member.user)
    flag("share", True, rollout_percentage=100)
    flag("theirs", False)
    flag("theirs", True, member.user)
    flag("of_workspace", True, member.workspace)


def test_all_of_them_for_the_caller(as_user, member, flags):
    response = as_user(member.user).post(URL, {"context": {}})

    assert response.status_code == HTTPStatus.OK
    assert response["Content-Type"] == "application/json"
    found = {
        f["key"]: (f["value"], f["reason"], f["variant"], f["metadata"]["scope"])
        for f in response.json()["flags"]
    }
    assert found == {
        "everybody": (True, "STATIC", "on", "global"),
        "killed": (False, "DISABLED", "off", "global"),
        "share": (True, "SPLIT", "on", "global"),
        "theirs": (True, "TARGETING_MATCH", "on", "user"),
    }


def test_a_workspace_counts_where_the_context_names_it(as_user, member, flags):
    client = as_user(member.user)
    context = {"targetingKey": str(member.user.pk), "plan": ["ignored"]}

    alone = client.post(f"{URL}/of_workspace", {"context": context})
    context["workspace_id"] = str(member.workspace.pk)
    inside = client.post(f"{URL}/of_workspace", {"context": context})

    assert alone.status_code == HTTPStatus.NOT_FOUND
    assert alone.json() == {
        "key": "of_workspace",
        "errorCode": "FLAG_NOT_FOUND",
        "errorDetails": "There is no such flag for this context.",
    }
    assert inside.json() == {
        "key": "of_workspace",
        "value": True,
        "reason": "TARGETING_MATCH",
        "variant": "on",
        "metadata": {"scope": "workspace"},
    }


@pytest.mark.parametrize("url", [URL, f"{URL}/everybody"])
@pytest.mark.parametrize(
    "body", [{}, {"context": {}}, {"context": {"targetingKey": ""}}]
)
def test_who_says_nothing_is_the_caller(as_user, member, flags, url, body):
    assert as_user(member.user).post(url, body).status_code == HTTPStatus.OK


@pytest.mark.parametrize("url", [URL, f"{URL}/everybody"])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "PARSE_ERROR"),
        ("[]", "PARSE_ERROR"),
        ("null", "PARSE_ERROR"),
        ('{"context": 1, "context": 2}', "PARSE_ERROR"),
        ('{"context": null}', "INVALID_CONTEXT"),
        ('{"context": "x"}', "INVALID_CONTEXT"),
        ('{"context": {"targetingKey": 7}}', "INVALID_CONTEXT"),
        ('{"context": {"targetingKey": []}}', "INVALID_CONTEXT"),
        ('{"context": {"targetingKey": "ada"}}', "INVALID_CONTEXT"),
        ('{"context": {"targetingKey": "\\u0000"}}', "PARSE_ERROR"),
        ('{"context": {"targetingKey": "\\ud800"}}', "PARSE_ERROR"),
        ('{"context": {"workspace_id": {}}}', "INVALID_CONTEXT"),
        ('{"context": {"workspace_id": true}}', "INVALID_CONTEXT"),
    ],
)
def test_junk_is_refused_in_the_words_of_the_protocol(
    as_user, member, flags, url, body, code
):
    response = as_user(member.user).generic(
        "POST", url, body, content_type="application/json"
    )

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.json()["errorCode"] == code
    assert ("key" in response.json()) is (url != URL)


def test_sc_113_nobody_evaluates_for_others(as_user, outsider, member, staff, flags):
    def answer(client, **context):
        return client.post(f"{URL}/theirs", {"context": context})

    theirs = {"targetingKey": str(member.user.pk)}
    stranger = as_user(outsider)
    refusals = [
        answer(stranger, **theirs),
        answer(stranger, targetingKey=str(uuid4())),
    ]
    assert {r.status_code for r in refusals} == {HTTPStatus.BAD_REQUEST}
    assert len({r.content for r in refusals}) == 1
    places = [
        answer(stranger, workspace_id=str(member.workspace.pk)),
        answer(stranger, workspace_id=str(uuid4())),
    ]
    assert {r.status_code for r in places} == {HTTPStatus.BAD_REQUEST}
    assert len({r.content for r in places}) == 1

    assert answer(as_user(staff), **theirs).json()["metadata"] == {"scope": "user"}


def test_a_disabled_workspace_is_closed_here_too(as_user, member, flags):
    member.workspace.disabled_at = timezone.now()
    member.workspace.save()

    response = as_user(member.user).post(
        URL, {"context": {"workspace_id": str(member.workspace.pk)}}
    )

    assert response.status_code == HTTPStatus.FORBIDDEN
    assert response.json()["errors"][0]["code"] == "workspace_disabled"


def test_nobody_evaluates(anonymous):
    assert anonymous.post(URL, {}).status_code == HTTPStatus.UNAUTHORIZED
    assert anonymous.post(f"{URL}/x", {}).status_code == HTTPStatus.UNAUTHORIZED


def test_the_etag_belongs_to_the_answer(as_user, member, outsider, flag, flags):
    client = as_user(member.user)
    etag = client.post(URL, {})["ETag"]

    def again(client, tag=etag, **context):
        return client.post(URL, {"context": context}, HTTP_IF_NONE_MATCH=tag)

    same = again(client)
    assert (same.status_code, same.content) == (HTTPStatus.NOT_MODIFIED, b"")
    assert same["ETag"] == etag
    weak = again(client, f'"other", W/{etag}')  # as a proxy that compresses makes it
    assert weak.status_code == HTTPStatus.NOT_MODIFIED
    inside = again(client, workspace_id=str(member.workspace.pk))
    assert inside.status_code == HTTPStatus.OK
    assert again(as_user(outsider)).status_code == HTTPStatus.OK

    flag("new", False)
    assert again(client).status_code == HTTPStatus.OK


def test_all_features_cost_one_statement(
    as_user, member, flags, django_assert_num_queries
):
    client = as_user(member.user)

    with django_assert_num_queries(2):  # and the authentication
        client.post(URL, {})


@pytest.mark.django_db(transaction=True)
def test_the_official_provider_runs_against_a_real_server(
    live_server, as_user, member, flags
):
    token = as_user(member.user).tokens["access"]
    provider = OFREPProvider(
        live_server.url, headers_factory=lambda: {"Authorization": f"Bearer {token}"}
    )
    openfeature.set_provider(provider)
    client = openfeature.get_client()

    def details(key, **attributes):
        context = EvaluationContext(str(member.user.pk), attributes)
        return client.get_boolean_details(key, False, context)

    on = details("theirs")
    assert (on.value, on.reason, on.variant) == (True, "TARGETING_MATCH", "on")
    killed = client.get_boolean_details(
        "killed", True, EvaluationContext(str(member.user.pk))
    )
    assert (killed.value, killed.reason) == (False, "DISABLED")
    place = details("of_workspace", workspace_id=str(member.workspace.pk))
    assert place.value is True
    unknown = details("unknown")
    assert (unknown.value, unknown.error_code) == (False, ErrorCode.FLAG_NOT_FOUND)
    stranger = client.get_boolean_details(
        "theirs", False, EvaluationContext(str(uuid4()))
    )
    assert (stranger.value, stranger.error_code) == (False, ErrorCode.INVALID_CONTEXT)
