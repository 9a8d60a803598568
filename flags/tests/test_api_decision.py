"""Asking over REST what is on, and that nobody switches anything by asking."""

from http import HTTPStatus
from uuid import uuid4

import pytest
from django.utils import timezone

URL = "/feature_flags/x"


def test_the_answer_says_why(as_user, member, flag):
    flag("x", False)
    flag("x", True, member.workspace)
    client = as_user(member.user)

    alone = client.get(URL)
    inside = client.get(f"{URL}?workspace_id={member.workspace.pk}")

    assert alone.status_code == HTTPStatus.OK
    assert alone.json() == {
        "feature_name": "x",
        "is_enabled": False,
        "reason": "STATIC",
        "scope": "global",
    }
    assert inside.json() == {
        "feature_name": "x",
        "is_enabled": True,
        "reason": "TARGETING_MATCH",
        "scope": "workspace",
    }


@pytest.mark.parametrize("name", ["never_heard_of", "New", "x" * 3000, "é", ".."])
def test_an_unknown_flag_is_off_and_no_error(as_user, outsider, name):
    response = as_user(outsider).get(f"/feature_flags/{name}")

    assert response.status_code == HTTPStatus.OK
    body = response.json()
    assert (body["is_enabled"], body["reason"], body["scope"]) == (
        False,
        "UNKNOWN",
        None,
    )


@pytest.mark.parametrize("path", ["%00", "x?user_id=%00", "x?workspace_id=%00"])
def test_a_nul_is_refused(as_user, staff, path):
    response = as_user(staff).get(f"/feature_flags/{path}")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.json()["errors"][0]["code"] == "null_characters_not_allowed"


def test_nobody_asks(anonymous):
    assert anonymous.get(URL).status_code == HTTPStatus.UNAUTHORIZED


def test_a_workspace_of_others_looks_like_none(as_user, outsider, workspace, flag):
    flag("x", True, workspace)
    client = as_user(outsider)

    theirs = client.get(f"{URL}?workspace_id={workspace.pk}")
    none = client.get(f"{URL}?workspace_id={uuid4()}")

    assert theirs.status_code == none.status_code == HTTPStatus.NOT_FOUND
    assert theirs.json() == none.json()


def test_a_disabled_workspace_answers_nothing(as_user, member):
    member.workspace.disabled_at = timezone.now()
    member.workspace.save()

    response = as_user(member.user).get(f"{URL}?workspace_id={member.workspace.pk}")

    assert response.status_code == HTTPStatus.FORBIDDEN
    assert response.json()["errors"][0]["code"] == "workspace_disabled"


@pytest.mark.parametrize("field", ["workspace_id", "user_id"])
@pytest.mark.parametrize("value", ["ada", "1" * 4000, ""])
def test_a_malformed_id_is_refused(as_user, staff, field, value):
    response = as_user(staff).get(f"{URL}?{field}={value}")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.json()["errors"][0]["attr"] == field


def test_staff_ask_for_anybody(as_user, staff, member, outsider, flag):
    flag("x", True, member.user)
    client = as_user(staff)

    assert client.get(f"{URL}?user_id={member.user.pk}").json()["scope"] == "user"
    assert client.get(f"{URL}?user_id={outsider.pk}").json()["reason"] == "UNKNOWN"
    assert client.get(f"{URL}?user_id={uuid4()}").status_code == HTTPStatus.NOT_FOUND


def test_staff_ask_for_any_workspace(as_user, staff, workspace, flag):
    flag("x", True, workspace)
    client = as_user(staff)

    found = client.get(f"{URL}?workspace_id={workspace.pk}")
    none = client.get(f"{URL}?workspace_id={uuid4()}")

    assert found.json()["scope"] == "workspace"
    assert none.status_code == HTTPStatus.NOT_FOUND


def test_sc_113_nobody_asks_for_another_user(as_user, member, outsider, make_user):
    answers = [
        as_user(asker).get(f"{URL}?user_id={user_id}")
        for asker in (member.user, make_user("clerk", is_staff=True))
        for user_id in (outsider.pk, uuid4())
    ]

    # The same answer whether or not there is such a user.
    assert {a.status_code for a in answers} == {HTTPStatus.FORBIDDEN}
    assert len({a.content for a in answers}) == 1
    assert as_user(outsider).get(f"{URL}?user_id={outsider.pk}").status_code == 200


QUERIES = ["x=1", "x=true", "dwft_x=1", "flags=x", "is_enabled=true", "override_x=on"]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("state", [False, True])
def test_sc_113_no_request_switches_a_flag(as_user, outsider, flag, query, state):
    flag("x", state)
    client = as_user(outsider)
    name, _, value = query.partition("=")
    client.cookies[name] = value
    header = "HTTP_X_" + name.upper()

    opposite = query.replace("1", "0").replace("true", "false") if state else query
    response = client.get(f"{URL}?{opposite}", **{header: value})

    assert response.json()["is_enabled"] is state
