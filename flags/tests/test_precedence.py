"""Which row decides: user, workspace, plan, global, in this order, and the kill switch first."""

from itertools import product

import pytest

from flags.evaluation import Reason, Snapshot, is_enabled
from flags.tests.conftest import PLAN

STATES = [None, False, True]  # no row, off, on
TRUTH_TABLE = list(product(STATES, STATES, STATES, STATES))


@pytest.fixture
def _owner_pays(owner, subscribe):
    subscribe(owner.user)


def decide(name, user=None, workspace=None):
    return Snapshot.of(user, workspace).decide(name, user, workspace)


@pytest.mark.parametrize(("of_user", "of_workspace", "of_plan", "of_all"), TRUTH_TABLE)
@pytest.mark.usefixtures("_owner_pays")
def test_the_narrowest_row_decides(flag, owner, of_user, of_workspace, of_plan, of_all):
    rows = [
        ("user", of_user, {"subject": owner.user}),
        ("workspace", of_workspace, {"subject": owner.workspace}),
        ("plan", of_plan, {"plan": PLAN}),
        ("global", of_all, {}),
    ]
    for _, state, subject in rows:
        if state is not None:
            flag("x", state, **subject)
    expected = next(((s, on) for s, on, _ in rows if on is not None), (None, False))

    decision = decide("x", owner.user, owner.workspace)

    assert (decision.scope, decision.is_enabled) == expected


@pytest.mark.parametrize("state", [True, False])
@pytest.mark.parametrize("others", [True, False])
@pytest.mark.usefixtures("_owner_pays")
def test_a_locked_global_row_decides_before_all(flag, owner, state, others):
    flag("x", state, is_locked=True)
    flag("x", others, owner.user)
    flag("x", others, owner.workspace)
    flag("x", others, plan=PLAN)

    decision = decide("x", owner.user, owner.workspace)

    assert decision.is_enabled is state
    assert decision.scope == "global"
    assert decision.reason == (Reason.STATIC if state else Reason.DISABLED)


@pytest.mark.usefixtures("_owner_pays")
def test_a_workspace_has_the_plan_of_its_owner_for_every_member(flag, member):
    flag("x", True, plan=PLAN)

    assert decide("x", member.user, member.workspace).is_enabled
    assert not decide("x", member.user).is_enabled


@pytest.mark.usefixtures("_owner_pays")
def test_inside_a_workspace_the_own_plan_of_a_user_does_not_count(
    flag, owner, make_user
):
    flag("x", True, plan=PLAN)
    theirs = owner.user.owned_workspaces.create(name="B", slug="b")
    theirs.owner = make_user("somebody")
    theirs.save()

    assert decide("x", owner.user).is_enabled
    assert not decide("x", owner.user, theirs).is_enabled


def test_a_plan_counts_as_long_as_it_is_paid(flag, outsider, subscribe):
    flag("x", True, plan=PLAN)
    subscription = subscribe(outsider)
    assert decide("x", outsider).is_enabled

    subscription.stripe_data["status"] = "canceled"
    subscription.save()

    assert not decide("x", outsider).is_enabled


def test_rows_of_others_do_not_count(flag, member, outsider):
    flag("x", True, member.user)
    flag("y", True, member.workspace)

    assert not decide("x", outsider).is_enabled
    assert not decide("y", outsider).is_enabled
    assert not decide("y", member.user).is_enabled  # no workspace given


@pytest.mark.parametrize("name", ["never_heard_of", "", "x\0y", "é" * 500])
@pytest.mark.django_db
def test_an_unknown_flag_is_off(name):
    assert is_enabled(name) is False


@pytest.mark.parametrize(("percentage", "expected"), [(0, False), (100, True)])
def test_a_percentage_decides_for_the_row_it_is_on(flag, member, percentage, expected):
    flag("x", not expected)
    flag("x", True, member.workspace, rollout_percentage=percentage)

    decision = decide("x", member.user, member.workspace)

    assert decision.is_enabled is expected
    assert (decision.reason, decision.scope) == (Reason.SPLIT, "workspace")


def test_a_share_of_workspaces_is_the_same_for_all_their_members(
    flag, owner, member, workspace
):
    flag("x", True, rollout_percentage=50, rollout_unit="workspace")

    assert (
        decide("x", owner.user, workspace).is_enabled
        == decide("x", member.user, workspace).is_enabled
        == decide("x", None, workspace).is_enabled
    )


def test_without_anybody_to_count_a_share_is_off(flag, member):
    flag("x", True, rollout_percentage=100, rollout_unit="workspace")
    flag("y", True, rollout_percentage=100)

    assert not decide("x", member.user).is_enabled
    assert not decide("y").is_enabled


def test_off_is_off_whatever_the_percentage(flag, member):
    flag("x", False, rollout_percentage=100)

    assert decide("x", member.user).reason == Reason.STATIC
    assert not decide("x", member.user).is_enabled
