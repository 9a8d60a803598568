"""Writes down what allauth and the admin report by signals, on pages and in the API alike."""

from typing import Any
from uuid import UUID

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.signals import user_logged_out
from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.audit.rows import record
from accounts.models import User

DEEDS = {ADDITION: "added", CHANGE: "changed", DELETION: "deleted"}


@receiver(account.user_logged_in)
def note_login(request: HttpRequest, user: User, **kwargs: Any) -> None:
    proofs = get_authentication_records(request, user)
    names = dict.fromkeys(proof.get("type") or proof["method"] for proof in proofs)
    factor = "+".join(names)[:32]
    record("login.succeeded", request=request, user=user, actor=user, factor=factor)


@receiver(account.authentication_step_completed)
def note_proof(
    request: HttpRequest,
    user: User,
    method: str,
    reauthenticated: bool = False,
    **kwargs: Any,
) -> None:
    factor = kwargs.get("type") or method
    if reauthenticated:
        record("reauthentication.succeeded", request=request, user=user, factor=factor)
    elif method != "mfa" and user.has_second_factor:
        # Somebody knows the password: what follows shows whether it is the owner.
        record("login.half_done", request=request, user=user, factor=factor)


@receiver(user_logged_out)
def note_logout(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    # Nobody, where the session or the account was gone.
    if user is not None and user.pk:
        record("session.ended", request=request, user=user, reason="logout")


@receiver(account.user_signed_up)
def note_signup(request: HttpRequest, user: User, **kwargs: Any) -> None:
    record("account.created", request=request, user=user, address=user.email)


@receiver(account.password_changed)
@receiver(account.password_set)
def note_password(request: HttpRequest, user: User, **kwargs: Any) -> None:
    record("password.changed", request=request, user=user)


@receiver(account.password_reset)
def note_reset(request: HttpRequest, user: User, **kwargs: Any) -> None:
    record("password.reset", request=request, user=user)


@receiver(account.email_confirmed)
def note_verification(
    request: HttpRequest, email_address: EmailAddress, **kwargs: Any
) -> None:
    user, email = email_address.user, email_address.email
    record("email.verified", request=request, user=user, address=email)


@receiver(account.email_confirmation_sent)
def note_email_change(request: HttpRequest, confirmation: Any, **kwargs: Any) -> None:
    """A code went out. To who is signed in it is that of a new address."""
    if request.user.is_authenticated:
        address = confirmation.email_address.email
        record("email.change_requested", user=request.user, address=address)


@receiver(account.email_changed)
def note_new_email(
    request: HttpRequest,
    user: User,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **kwargs: Any,
) -> None:
    if from_email_address is not None:  # None at the first one, of a new account
        address = to_email_address.email
        record("email.changed", request=request, user=user, address=address)


@receiver(account.email_verification_code_rejected)
@receiver(account.login_code_rejected)
@receiver(account.password_reset_code_rejected)
def note_wrong_code(request: HttpRequest, user: User, **kwargs: Any) -> None:
    record("code.rejected", request=request, user=user, factor="email")


@receiver(mfa.authentication_failed)
def note_wrong_factor(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    record("code.rejected", request=request, user=user, factor=authenticator.type)


@receiver(mfa.authenticator_added)
def note_new_factor(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    record("mfa.added", request=request, user=user, factor=authenticator.type)


@receiver(mfa.authenticator_removed)
def note_lost_factor(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    record("mfa.removed", request=request, user=user, factor=authenticator.type)


@receiver(mfa.authenticator_reset)
def note_renewed_factor(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    record("mfa.renewed", request=request, user=user, factor=authenticator.type)


@receiver(post_save, sender=LogEntry)
def note_staff_at_work(instance: LogEntry, created: bool, **kwargs: Any) -> None:
    """Each entry in the history of the admin: flags, workspaces, accounts, whatever comes.

    Many at once come without a signal (`accounts/audit/admin.py`).
    """
    if created:
        note_entry(instance)


def note_entry(entry: LogEntry) -> None:
    kind = ContentType.objects.get_for_id(entry.content_type_id)
    is_user = kind.model_class() is User
    record(
        f"admin.{DEEDS[entry.action_flag]}",
        actor=entry.user_id,
        user=UUID(str(entry.object_id)) if is_user else None,
        model=f"{kind.app_label}.{kind.model}",
        object_id=str(entry.object_id),
        message=entry.change_message,
    )
