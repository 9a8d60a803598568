"""A plan has one key, whoever asks: the one product, the query over many, the rows of flags."""

import pytest

from billing.entitlements import plan_key
from billing.plans import plan_key as key_of_product
from flags import subjects


@pytest.mark.parametrize(
    ("metadata", "key"),
    [
        ({"plan": "team"}, "team"),
        ({"plan": ""}, "prod_1"),
        ({}, "prod_1"),
        (None, "prod_1"),
    ],
)
def test_all_agree(pro, subscribe, outsider, metadata, key):
    pro.metadata = metadata
    pro.save()
    subscribe(outsider)

    assert key_of_product(pro) == key
    assert plan_key(outsider) == key
    assert subjects.plans() == {key: "Pro"}
