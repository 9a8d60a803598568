"""The map of the product: each app brings its own routes, named here by string only."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("saas.site_urls")),
    path("", include("accounts.api.urls")),
    path("", include("workspaces.api.urls")),
    path("", include("billing.api.urls")),
    path("", include("flags.api.urls")),
    path("accounts/billing/", include("billing.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "saas.views.bad_request"
handler403 = "saas.views.permission_denied"
handler404 = "saas.views.not_found"
handler429 = "accounts.login.waits.too_many_requests"  # allauth asks for it
handler500 = "saas.views.server_error"

if settings.MAIL_IN_MAILBOX:
    urlpatterns.append(path("dev/mailbox", include("dev.mailbox.urls")))
