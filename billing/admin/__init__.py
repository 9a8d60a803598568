"""The support desk of billing: what Stripe told us, to read and to search.

dj-stripe's own pages break on current objects (invoices answer 500) and search columns that
are no longer there; keys stand in them. So all of them go, and the tables that this product
fills come back read-only. Stripe is changed in its dashboard, and the news comes here.
"""

from django.apps import apps
from django.contrib import admin

for _model in apps.get_app_config("djstripe").get_models():
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)

from billing.admin import customers, inbox, objects, payments  # noqa: E402, F401
