"""The routes of accounts."""

from rest_framework.routers import SimpleRouter

from accounts.api.account_views import AccountViewSet
from accounts.api.code_login.views import CodeLoginViewSet
from accounts.api.connections.views import ConnectionViewSet
from accounts.api.email_views import EmailConfirmationViewSet, EmailViewSet
from accounts.api.key_views import KeySetViewSet
from accounts.api.mfa.login_views import LoginFactorViewSet, ReauthenticationViewSet
from accounts.api.mfa.views import PasskeyViewSet, SecondFactorViewSet
from accounts.api.passkey_login.views import PasskeyLoginViewSet
from accounts.api.provider_login.views import ProviderLoginViewSet
from accounts.api.session_views import SessionViewSet
from accounts.api.views import AuthViewSet

# Paths, not patterns: a dot means a dot.
router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("auth", AuthViewSet, basename="auth")
router.register("auth", AccountViewSet, basename="account")
router.register("auth", EmailViewSet, basename="email")
router.register("auth", EmailConfirmationViewSet, basename="email-confirmation")
router.register("auth", LoginFactorViewSet, basename="login-factor")
router.register("auth", ReauthenticationViewSet, basename="reauthentication")
router.register("auth", CodeLoginViewSet, basename="code-login")
router.register("auth", PasskeyLoginViewSet, basename="passkey-login")
router.register("auth", ProviderLoginViewSet, basename="provider-login")
router.register("auth/mfa/passkeys", PasskeyViewSet, basename="passkey")
router.register("auth/mfa", SecondFactorViewSet, basename="second-factor")
router.register("auth/providers", ConnectionViewSet, basename="connection")
router.register("auth/sessions", SessionViewSet, basename="session")
router.register(".well-known", KeySetViewSet, basename="well-known")

urlpatterns = router.urls
