"""Products and their prices."""

from typing import Any

from djstripe.models import Price, Product

from billing import mirror, stripe
from billing.reconcile.run import Run, chunks
from billing.shapes import Data

OF_PRODUCT = ("name", "active", "description", "metadata", "marketing_features")
OF_PRICE = ("active", "unit_amount", "lookup_key", "metadata")


def compare_catalog(run: Run) -> None:
    for model, remote, keys, refresh in (
        (Product, stripe.products(), OF_PRODUCT, mirror.refresh_product),
        (Price, stripe.prices(), OF_PRICE, mirror.refresh_price),
    ):
        for chunk in chunks(remote):
            stored = model.objects.in_bulk([o.id for o in chunk], field_name="id")
            for data in (o.to_dict(for_json=True) for o in chunk):
                row = stored.get(data["id"])
                if row is None or parts(row.stripe_data, keys) != parts(data, keys):
                    run.mend(data["id"], lambda d=data, f=refresh: f(d["id"]))


def parts(data: Data, keys: tuple[str, ...]) -> list[Any]:
    return [data.get(key) for key in keys]
