"""Accounts at the support desk."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.views.generic import RedirectView

from accounts.admin import logins, staff, users, ways_in  # noqa: F401 - they register
from accounts.audit import admin as audit_admin  # noqa: F401 - it registers itself

# Staff sign in as everybody does: with verified address, limits and second factor.
admin.site.login = secure_admin_login(admin.site.login)
# And change their password where tries are counted, and a notice is sent.
admin.site.password_change = RedirectView.as_view(
    pattern_name="account_change_password"
)
