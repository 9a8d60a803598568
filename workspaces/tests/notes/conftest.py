"""This app is no part of the product, so its tests add its routes."""

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def routes(settings: Settings) -> None:
    settings.ROOT_URLCONF = "workspaces.tests.notes.urls"
