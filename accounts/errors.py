"""What accounts refuses."""

from saas import errors


class InvalidCredentials(errors.NotAuthenticated):
    code = "invalid_credentials"
    message = "This address and password do not belong together."


class AccountDisabled(errors.NotAuthenticated):
    code = "account_disabled"
    message = "This account has been closed. Ask support to open it again."


class EmailNotVerified(errors.NotAllowed):
    """Carries `flow`, with which the code of the mail completes the login."""

    code = "email_not_verified"
    message = "Confirm your address first: we have sent you a code."


class MfaRequired(errors.NotAuthenticated):
    """Carries `flow` and the `types` of second factor that complete the login."""

    code = "mfa_required"
    message = "Enter a code of your second factor."


class ReauthenticationRequired(errors.NotAuthenticated):
    code = "reauthentication_required"
    message = "Enter your password again to do this."


class SignupClosed(errors.NotAllowed):
    code = "signup_closed"
    message = "Nobody can register here at the moment."


class SessionExpired(errors.NotAuthenticated):
    code = "session_expired"
    message = "This login has ended. Sign in again."


class TokenNotValid(errors.NotAuthenticated):
    code = "token_not_valid"
    message = "The token is not valid or has expired."


class TokenReused(errors.NotAuthenticated):
    code = "token_reused"
    message = "This refresh token was used before, so its login has been ended. Sign in again."


class SecondFactorUnreadable(errors.DomainError):
    """Ours to mend: it was sealed with a SECRET_KEY that is not listed any more."""

    code = "second_factor_unreadable"
    message = "Your second factor cannot be checked. Ask support to set it up anew."


class FlowNotPending(errors.DomainError):
    code = "flow_not_pending"
    message = "There is nothing to complete here any more. Start again."


class UnverifiedAddress(errors.DomainError):
    """Or who registers a stranger's address could lock its owner out."""

    code = "unverified_email"
    message = "Confirm your other address first, or leave it."


class SecondFactorExists(errors.DomainError):
    code = "second_factor_exists"
    message = "There is an authenticator app already. Remove it to set up another one."


class NoSecondFactor(errors.DomainError):
    code = "no_second_factor"
    message = "There is no such second factor. Set one up first."


class RecoveryCodesShown(errors.DomainError):
    code = "recovery_codes_shown"
    message = "These codes were shown before. Make new ones, which replace them."


class FactorsNotYours(errors.NotAllowed):
    """Or a stolen session of staff would get rid of a factor, its own above all."""

    message = (
        "Those of staff are for superusers to remove, and nobody removes their own."
    )


class MfaEnrolmentRequired(errors.NotAllowed):
    """By settings.REQUIRE_MFA; what stays open: accounts/mfa/enrolment.py."""

    code = "mfa_enrolment_required"
    message = "Set up a second factor first: see /auth/mfa, or sign in on a page."


class PasskeyNotFound(errors.NotFound):
    message = "No such passkey."


class InvalidResetKey(errors.Invalid):
    code = "invalid_password_reset"
    message = "This link was used before or is too old. Ask for a new one."


class AddressTaken(errors.DomainError):
    """Only ever said to operators: strangers must not learn it."""

    code = "address_taken"
    message = "There is an account with this address already."


class LoginNotFound(errors.NotFound):
    message = "No such login."


class AccountInUse(errors.DomainError):
    """Carries `blockers`: what has to be settled first (`accounts/deletion.py`)."""

    code = "account_in_use"
    message = "Something still depends on this account."


class ConnectFirst(errors.DomainError):
    """Only for who has proved the address, to the provider."""

    code = "connect_first"
    message = "This address has an account. Sign in to it, then connect the provider."


class ConnectedElsewhere(errors.Conflict):
    """To who is signed in at the provider there is no secret in it."""

    code = "connected_elsewhere"
    message = "This signs another account in already. Disconnect it there first."


class LastWayIn(errors.DomainError):
    code = "last_way_in"
    message = "Nothing else signs you in. Set a password first."


class ConnectionNotFound(errors.NotFound):
    message = "No such connection."


class ProviderAddressMissing(errors.DomainError):
    code = "provider_address_missing"
    message = "The provider tells no address of yours. Register with one instead."


class LoginCodeRequired(errors.NotAuthenticated):
    """Carries `flow`: with a password, in products that ask for both."""

    code = "login_code_required"
    message = "Enter the code that we have sent to your address."


class LoginWayDisabled(errors.NotAllowed):
    code = "login_way_disabled"
    message = "Nobody can sign in this way here."
