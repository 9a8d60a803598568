"""All settings, in sections, and the only reader of the environment.

What of signing in no deployment changes is in `settings_sign_in.py`.

Production (DEBUG unset or false) refuses to start on a missing or weak variable and names it.
`.env.example` lists every variable. Units are in the names or the types.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from corsheaders.defaults import default_headers
from csp.constants import NONE, SELF

from saas import logs
from saas.environment import EnvironmentIncomplete, Reader
from saas.settings_sign_in import *  # noqa: F403 - settings too, without the environment

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")
env = Reader()

# --- What this is -----------------------------------------------------------------------

DEBUG = env.boolean("DEBUG", default=False)
env.development = DEBUG
PRODUCT_NAME = env.text("PRODUCT_NAME", default="SaaS")
BASE_URL = env.url("BASE_URL", development="http://127.0.0.1:8000", secure=True)
# Where a separate frontend shows what our pages show, for links in mails: name -> URL.
FRONTEND_URLS = env.frontend_urls("FRONTEND_URLS")
SECRET_KEY = env.secret(
    "SECRET_KEY", development="development-only-" + "x" * 40, length=50
)
# Keys that were replaced: they still open sessions, second factors and queued mails.
SECRET_KEY_FALLBACKS = env.secrets("SECRET_KEY_FALLBACKS", length=50)
ALLOWED_HOSTS = env.hosts(
    "ALLOWED_HOSTS", development=["127.0.0.1", "localhost", "[::1]"]
)
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", default=0)
SENTRY_DSN = env.text("SENTRY_DSN", default="")

ROOT_URLCONF = "saas.urls"
WSGI_APPLICATION = "saas.wsgi.application"
APPEND_SLASH = False
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.admin",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.headless",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "corsheaders",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "djstripe",
    "saas",
    "accounts",
    "workspaces",
    "billing",
    "flags",
]

MIDDLEWARE = [
    "saas.middleware.RequestLogMiddleware",
    # Around every transaction: what is written to the audit log outlives a rollback.
    "accounts.audit.middleware.AuditMiddleware",
    # First what adds headers, so that every answer has them, then what may refuse.
    "saas.middleware.NoStoreMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "saas.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "saas.middleware.RequireHTTPSMiddleware",
    "saas.middleware.WellFormedMiddleware",
    "saas.middleware.EnvelopeMiddleware",
    "saas.middleware.SessionMiddleware",
    "saas.middleware.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "saas.middleware.AuthenticationMiddleware",
    "saas.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SignedOutMiddleware",
    "accounts.middleware.EnrolmentMiddleware",
    "flags.middleware.FlagsMiddleware",
]

# Everything under these prefixes, and "/", is for browsers; the rest is the API.
PAGE_PREFIXES = ("/accounts/", "/admin/", "/docs")
MAX_BODY_BYTES = 1024 * 1024

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "saas.context_processors.product",
            ]
        },
    }
]

# --- Data -------------------------------------------------------------------------------

DATABASES = {
    "default": {
        **env.postgresql("DATABASE_URL"),
        # One connection a thread, kept: a new one costs PostgreSQL 4 ms.
        "CONN_MAX_AGE": None,
        "ATOMIC_REQUESTS": False,
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.redis("REDIS_URL"),
        "KEY_PREFIX": "saas",
        # Seconds: a cache that hangs must not hang the requests.
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Names with a hash of the content, kept by browsers for ever; plain ones while DEBUG is on.
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]

# --- Who you are ------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
SIGNUP_OPEN = env.boolean("SIGNUP_OPEN", default=True)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
# Who may do nothing without a second factor but set one up: off, staff or all.
REQUIRE_MFA = env.choice(
    "REQUIRE_MFA", {"off", "staff", "all"}, default="off" if DEBUG else "staff"
)
# Other ways in than the password, each off until it is named (docs/guides/sign_in.md).
PROVIDER_CLIENTS = {
    "google": env.client("GOOGLE_CLIENT"),
    "github": env.client("GITHUB_CLIENT"),
}
OIDC_PROVIDERS = env.oidc_providers("OIDC_PROVIDERS")
SOCIALACCOUNT_PROVIDERS = {
    **{
        name: {"APPS": [client] if client else [], "OAUTH_PKCE_ENABLED": True}
        for name, client in PROVIDER_CLIENTS.items()
    },
    "openid_connect": {"APPS": OIDC_PROVIDERS, "OAUTH_PKCE_ENABLED": True},
}
ACCOUNT_LOGIN_BY_CODE_ENABLED = env.boolean("LOGIN_BY_CODE", default=False)
MFA_PASSKEY_LOGIN_ENABLED = env.boolean("PASSKEY_LOGIN", default=False)
# Asked in order before an account is deleted, each with the user: what stands in its way
# (accounts/deletion.py). An app that is deleted takes its line along.
ACCOUNT_DELETION_GUARDS = [
    "workspaces.guards.owned_with_others",
    "billing.guards.live_subscription",
]
# What else the deletion may be refused with, for OpenAPI to tell: errors of those that hear
# the signal `account_deleted`.
ACCOUNT_DELETION_REFUSALS = [
    "billing.errors.BillingUnavailable",
    "billing.errors.BillingRefused",
]
# Called for the export of what is stored about a user: name of the part -> function.
ACCOUNT_EXPORTERS = {
    "workspaces": "workspaces.export.of_user",
    "billing": "billing.export.of_user",
    "feature_flags": "flags.export.of_user",
}

# Ed25519 seeds, base64url: the first signs, all of them verify (`manage.py create_signing_key`).
JWT_SIGNING_KEYS = env.signing_keys(
    "JWT_SIGNING_KEYS", development=["ZGV2ZWxvcG1lbnQtb25seS1zaWduaW5nLWtleS0zMmI"]
)
JWT_ISSUER = BASE_URL
JWT_AUDIENCE = "api"
# A login ends then, in the API and on pages: however often it was used, or left alone.
SESSION_LIFETIME = timedelta(days=30)
SESSION_IDLE_LIFETIME = timedelta(days=7)
# What happened around accounts is kept that long (accounts/audit/, `manage.py prune`).
AUDIT_RETENTION = timedelta(
    days=env.integer("AUDIT_RETENTION_DAYS", default=365, most=3650)
)
REFRESH_GRACE = timedelta(seconds=env.integer("REFRESH_GRACE_SECONDS", default=10))
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=5),
    "REFRESH_TOKEN_LIFETIME": SESSION_IDLE_LIFETIME,
    "USER_ID_CLAIM": "sub",
    "UPDATE_LAST_LOGIN": False,
}

# --- Sessions and transport -------------------------------------------------------------

SESSION_ENGINE = "accounts.sessions.store"
SESSION_COOKIE_AGE = int(SESSION_LIFETIME.total_seconds())
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "saas.messages.MessageStorage"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "saas.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
CORS_ALLOWED_ORIGINS = env.origins("CORS_ALLOWED_ORIGINS", default=[])
CORS_ALLOW_HEADERS = [*default_headers, "if-none-match"]
CORS_EXPOSE_HEADERS = ["ETag", "Retry-After", "X-Request-ID"]
# Passkeys belong to one domain, and to pages of these origins. No browser makes one for an
# address in numbers, so in development they need http://localhost.
PASSKEY_ORIGINS = [
    BASE_URL.replace("//127.0.0.1", "//localhost") if DEBUG else BASE_URL,
    *CORS_ALLOWED_ORIGINS,
]
PASSKEY_DOMAIN = env.text(
    "PASSKEY_DOMAIN", default=urlsplit(PASSKEY_ORIGINS[0]).hostname or ""
)
# Pages are redirected to https, the API answers 403 (RequireHTTPSMiddleware).
REDIRECTED = [prefix.lstrip("/") for prefix in (*PAGE_PREFIXES, STATIC_URL)]
SECURE_REDIRECT_EXEMPT = [rf"^(?!{'|'.join(REDIRECTED)}|$)"]
if not DEBUG:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = (
        ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
    )
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    CSRF_TRUSTED_ORIGINS = [BASE_URL]
else:
    SECURE_SSL_REDIRECT = False

# --- API --------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.BearerAuthentication"
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["saas.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "saas.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "saas.schema.Schema",
    # OPTIONS tells nothing (405): the documentation does, and preflights end before.
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "saas.api.EnvelopeHandler",
    "EXCEPTION_FORMATTER_CLASS": "saas.api.EnvelopeFormatter",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
    "ALLOWED_ERROR_STATUS_CODES": ["400"],  # saas.schema describes the others
}
SPECTACULAR_SETTINGS = {
    "TITLE": "saas",
    "DESCRIPTION": "Accounts, workspaces, payments and feature flags.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
}

# --- Money ------------------------------------------------------------------------------

STRIPE_OFFLINE = ("sk_test_offlineofflineofflineoffline", "http://127.0.0.1:8420")
STRIPE_SECRET_KEY = env.stripe_key("STRIPE_SECRET_KEY", development=STRIPE_OFFLINE[0])
# Several while a signing secret is being rolled.
STRIPE_WEBHOOK_SECRETS = env.stripe_webhook_secrets(
    "STRIPE_WEBHOOK_SECRETS", development=["whsec_development_only"]
)
STRIPE_LIVE_MODE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
STRIPE_API_VERSION = "2026-05-27.dahlia"
STRIPE_API_HOST = env.stripe_host(
    "STRIPE_API_HOST", key=STRIPE_SECRET_KEY, offline=STRIPE_OFFLINE
)
# Where the browser is sent to pay: a form that leads there is allowed by the CSP.
STRIPE_PAGE_ORIGINS = (
    ["https://checkout.stripe.com", "https://billing.stripe.com"]
    if STRIPE_API_HOST == "https://api.stripe.com"
    else [STRIPE_API_HOST]
)
# A plan is kept that long after a renewal failed, or when the news of one is late.
BILLING_PAST_DUE_GRACE = timedelta(
    days=env.integer("BILLING_PAST_DUE_GRACE_DAYS", default=3, most=365)
)
# Whether the page of a checkout takes promotion codes.
BILLING_PROMOTION_CODES = env.boolean("BILLING_PROMOTION_CODES", default=True)
# Stripe sends receipts of its own if its dashboard says so: then this stays off.
BILLING_MAIL_RECEIPTS = env.boolean("BILLING_MAIL_RECEIPTS", default=False)
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
DJSTRIPE_SUBSCRIBER_MODEL = AUTH_USER_MODEL
# It warns of any STRIPE_API_HOST; our own check (billing.E001) of one that is not Stripe's.
SILENCED_SYSTEM_CHECKS = ["djstripe.W002"]
# Off: dj-stripe would give a customer to any user that its metadata names (billing/linking.py).
DJSTRIPE_SUBSCRIBER_CUSTOMER_KEY = ""

# --- Mail -------------------------------------------------------------------------------

MAIL_IN_MAILBOX = DEBUG and (BASE_DIR / "dev" / "mailbox" / "urls.py").is_file()
vars().update(
    env.email(
        "EMAIL_URL", development="mailbox:" if MAIL_IN_MAILBOX else "consolemail:"
    )
)
DEFAULT_FROM_EMAIL = env.text(
    "DEFAULT_FROM_EMAIL", development="SaaS <hello@localhost>"
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 10  # seconds

# --- Logs -------------------------------------------------------------------------------

LOG_FORMAT = env.choice(
    "LOG_FORMAT", {"json", "text"}, default="text" if DEBUG else "json"
)
LOGGING = logs.configuration(LOG_FORMAT)

# What /health/ready tells besides: functions that give `{name: figure}`; it fails for none.
READINESS_REPORTS = ["billing.inbox.last_delivery"]

# What `manage.py doctor` looks at: functions that yield `saas.doctor.Finding`s.
DOCTOR_CHECKS = ["saas.doctor.examine", "billing.doctor.examine"]

# `manage.py demo` calls these in order, each with a function that writes a line.
DEMO_SEEDERS = [
    "accounts.demo.seed",
    "workspaces.demo.seed",
    "billing.demo.seed",
    "flags.demo.seed",
]

if MAIL_IN_MAILBOX:
    INSTALLED_APPS.append("dev.mailbox")
    PAGE_PREFIXES += ("/dev/",)

if env.missing:
    raise EnvironmentIncomplete(env.report())
