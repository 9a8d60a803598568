"""Customers."""

from django.contrib import admin
from djstripe import models as mirror

from billing.admin.base import MirrorAdmin


@admin.register(mirror.Customer)
class CustomerAdmin(MirrorAdmin):
    columns = ("email", "subscriber", "date_purged")
    list_select_related = ("subscriber",)
    search_fields = ("=id", "email", "subscriber__email")
