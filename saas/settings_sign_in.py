"""How Django and allauth sign people in here: the same on every deployment.

Part of `saas/settings.py`, which imports all of it; what the environment decides is there.
"""

# --- Passwords --------------------------------------------------------------------------

# allauth's backend alone: a second one would hash every wrong password twice.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "accounts.passwords.guessable.GuessablePasswordValidator"},
    {"NAME": "accounts.passwords.length.MaximumLengthValidator"},
]
PASSWORD_HASHERS = [
    "accounts.passwords.hashers.Argon2idHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# --- Accounts ---------------------------------------------------------------------------

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
# Django's, which notes in the audit log whose links were tried in vain.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = (
    "accounts.audit.reset_links.ResetTokenGenerator"
)
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "add_email": "accounts.forms.AddEmailForm",
    "change_email": "accounts.forms.ChangeEmailForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "confirm_email_verification_code": "accounts.forms.ConfirmCodeForm",
    "request_login_code": "accounts.login.code_forms.RequestCodeForm",
    "confirm_login_code": "accounts.login.code_forms.EnterCodeForm",
}
# allauth's one mail in 10 s refuses a second click on "register"; by the hour this is less.
ACCOUNT_RATE_LIMITS = {"confirm_email": "10/m/key,30/h/key"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600  # seconds
PASSWORD_RESET_TIMEOUT = 3600  # seconds, of the link in the mail
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600  # seconds
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
USERSESSIONS_ADAPTER = "accounts.adapters.SessionsAdapter"

# --- API and second factors -------------------------------------------------------------

HEADLESS_CLIENTS = ("app",)
HEADLESS_ADAPTER = "accounts.adapters.HeadlessAdapter"
HEADLESS_TOKEN_STRATEGY = "accounts.api.bridge.TokenStrategy"
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_FORMS = {
    "authenticate": "accounts.mfa.forms.AuthenticateForm",
    "reauthenticate": "accounts.mfa.forms.ReauthenticateForm",
    "activate_totp": "accounts.mfa.forms.ActivateTOTPForm",
    "authenticate_webauthn": "accounts.mfa.forms.AuthenticateWebAuthnForm",
    "reauthenticate_webauthn": "accounts.mfa.forms.ReauthenticateWebAuthnForm",
    "login_webauthn": "accounts.mfa.forms.LoginWebAuthnForm",
    "add_webauthn": "accounts.mfa.forms.AddWebAuthnForm",
    "edit_webauthn": "accounts.mfa.forms.EditWebAuthnForm",
}
MFA_TOTP_TOLERANCE = 0  # steps of 30 s: an older code is none
MFA_RECOVERY_CODES_SHOW_ONCE = True

# --- Google, GitHub, OpenID Connect -----------------------------------------------------

SOCIALACCOUNT_ADAPTER = "accounts.providers.adapter.ProviderAdapter"
SOCIALACCOUNT_FORMS = {
    "signup": "accounts.forms.ProviderSignupForm",
    "disconnect": "accounts.providers.forms.DisconnectForm",
}
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
# Nobody comes into an account by its address, not even if a provider has verified it.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5  # seconds
