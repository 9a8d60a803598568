"""After a test that commits, nothing is left but what the tables were made with."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from conftest import MakeUser
from tests.emptying import MADE_WITH_THE_TABLES, empty_tables
from tests.tenants import make_tenant


@pytest.mark.django_db(transaction=True)
def test_every_table_is_emptied(make_user: MakeUser) -> None:
    make_tenant("ours", make_user)

    empty_tables()

    models = apps.get_models(include_auto_created=True)
    emptied = [m for m in models if m._meta.db_table not in MADE_WITH_THE_TABLES]
    assert [m for m in emptied if m._base_manager.exists()] == []
    assert ContentType.objects.count() == len(apps.get_models())
    assert Permission.objects.count() > len(apps.get_models())
