"""`check --deploy` finds each fault in how money is taken."""

import pytest

from saas.checks import RULES, check_deployment

FAULTS = {
    "billing.E001": [("STRIPE_API_HOST", "http://127.0.0.1:8420")],
}


@pytest.fixture(autouse=True)
def production(settings) -> None:
    """What the settings of the tests change for speed, put back."""
    settings.STRIPE_API_HOST = "https://api.stripe.com"


@pytest.mark.parametrize(
    ("id", "name", "value"),
    [(id, *fault) for id, faults in FAULTS.items() for fault in faults],
)
def test_sc_103_each_rule_finds_its_fault(settings, id, name, value):
    setattr(settings, name, value)

    found = [error.id for error in check_deployment(None)]
    assert [e for e in found if e.startswith("billing.")] == [id]


def test_sc_103_every_rule_has_a_fault():
    assert set(FAULTS) == {id for id in RULES if id.startswith("billing.")}
