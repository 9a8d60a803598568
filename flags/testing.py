"""Flags in tests."""

from collections.abc import Generator
from contextlib import contextmanager

from django.db import transaction

from flags.models import FeatureFlag


@contextmanager
def override_flag(feature_name: str, is_enabled: bool) -> Generator[None, None, None]:
    """Switch a feature on or off for everybody, over all its rows, and back afterwards.

    As `with override_flag("x", True):` or as a decorator of a test. It is a real row, a
    locked global one, so it reaches other threads and processes of the test as well, and
    production has no door that only tests use. The test needs the database.
    """
    key = {"feature_name": feature_name, "scope": "global", "scope_id": None}
    with transaction.atomic():
        before = FeatureFlag.objects.filter(**key).values().first()
        FeatureFlag.objects.filter(**key).delete()
        FeatureFlag.objects.create(**key, is_enabled=is_enabled, is_locked=True)
    try:
        yield
    finally:
        with transaction.atomic():
            FeatureFlag.objects.filter(**key).delete()
            if before is not None:
                FeatureFlag.objects.create(**before)
