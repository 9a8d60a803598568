"""Percentages: stable, growing, and about right."""

import subprocess
import sys
import uuid

from hypothesis import given
from hypothesis import strategies as st

from flags.rollout import bucket, is_reached

USERS = [uuid.UUID(int=n) for n in range(10_000)]
percentages = st.integers(min_value=0, max_value=100)


@given(st.uuids(), percentages, percentages)
def test_raising_the_percentage_only_adds(user, one, other):
    low, high = sorted((one, other))

    if is_reached(low, "x", "user", user):
        assert is_reached(high, "x", "user", user)


@given(st.uuids())
def test_nobody_is_in_zero_percent_and_everybody_in_a_hundred(user):
    assert not is_reached(0, "x", "user", user)
    assert is_reached(100, "x", "user", user)


def test_a_percentage_reaches_about_that_share():
    for percentage in (1, 10, 25, 50, 90):
        reached = sum(is_reached(percentage, "x", "user", user) for user in USERS)

        # 10,000 draws: 1.5 points are more than three standard deviations.
        assert abs(reached / 100 - percentage) < 1.5


def test_two_features_reach_different_people():
    one = {user for user in USERS if is_reached(10, "one", "user", user)}
    two = {user for user in USERS if is_reached(10, "two", "user", user)}

    assert len(one & two) < 200  # about 100 if independent, 1,000 if the same


def test_another_process_answers_the_same():
    program = "from flags.rollout import bucket; print(bucket('x', 'user', 'ada'))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )

    assert int(done.stdout) == bucket("x", "user", "ada")
