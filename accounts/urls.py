"""The account pages of end users."""

from django.urls import include, path

from accounts.mfa_pages import ReauthenticateWebAuthnView, ViewRecoveryCodesView
from accounts.views import DeleteAccountView, ExportView, ProfileView, SessionsView

urlpatterns = [
    path("profile/", ProfileView.as_view(), name="account_profile"),
    # In place of allauth's page at this path, which cannot end one login.
    path("sessions/", SessionsView.as_view(), name="account_sessions"),
    path("export/", ExportView.as_view(), name="account_export"),
    path("delete/", DeleteAccountView.as_view(), name="account_delete"),
    # Before allauth's at the same paths.
    path(
        "2fa/webauthn/reauthenticate/",
        ReauthenticateWebAuthnView.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "2fa/recovery-codes/",
        ViewRecoveryCodesView.as_view(),
        name="mfa_view_recovery_codes",
    ),
    path("", include("allauth.urls")),
]
