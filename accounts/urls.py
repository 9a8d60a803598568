"""The account pages of end users."""

from allauth.account.decorators import reauthentication_required
from allauth.account.views import password_set
from allauth.socialaccount.views import login_cancelled, signup
from django.urls import include, path

from accounts.login.ways import login_by_passkey, request_login_code
from accounts.mfa.pages import ReauthenticateWebAuthnView, ViewRecoveryCodesView
from accounts.pages import DeleteAccountView, ExportView, ProfileView, SessionsView
from accounts.providers.pages import (
    ConnectionsView,
    begin,
    github_callback,
    google_callback,
    oidc_callback,
)

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
    path("connections/", ConnectionsView.as_view(), name="socialaccount_connections"),
    path("connections/signup/", signup, name="socialaccount_signup"),
    path(
        "connections/cancelled/", login_cancelled, name="socialaccount_login_cancelled"
    ),
    # Before allauth's, which are there or not from the start on.
    path("login/code/", request_login_code, name="account_request_login_code"),
    path("2fa/webauthn/login/", login_by_passkey, name="mfa_login_webauthn"),
    path(
        "password/set/",
        reauthentication_required(password_set, app="allauth.account"),
        name="account_set_password",
    ),
    path("2fa/", include("allauth.mfa.urls")),
    path("", include("allauth.account.urls")),
    path("google/login/", begin, {"provider_id": "google"}, name="google_login"),
    path("google/login/callback/", google_callback, name="google_callback"),
    path("github/login/", begin, {"provider_id": "github"}, name="github_login"),
    path("github/login/callback/", github_callback, name="github_callback"),
    path("oidc/<slug:provider_id>/login/", begin, name="openid_connect_login"),
    path(
        "oidc/<slug:provider_id>/login/callback/",
        oidc_callback,
        name="openid_connect_callback",
    ),
]
