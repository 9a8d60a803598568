"""What accounts does when allauth reports something."""

import logging
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.signals import (
    authentication_step_completed,
    email_changed,
    email_confirmed,
    user_logged_in,
    user_signed_up,
)
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.signals import social_account_added, social_account_removed
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from accounts import audit
from accounts.models import User
from accounts.sessions import DEACTIVATED, end_all_sessions
from accounts.signals import deactivated, email_verified, signed_in

logger = logging.getLogger(__name__)


@receiver(email_confirmed)
def announce_verified_address(email_address: EmailAddress, **kwargs: Any) -> None:
    user, email = email_address.user, email_address.email
    _announce("email_verified", email_verified, user=user, email=email)


@receiver(user_signed_up)
def announce_address_of_a_provider(
    user: User, sociallogin: SocialLogin | None = None, **kwargs: Any
) -> None:
    """A new account has its address verified at once where the provider has done it."""
    if sociallogin is None:
        return
    _note_connection("provider.connected", sociallogin.account, user)
    if EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists():
        _announce("email_verified", email_verified, user=user, email=user.email)


@receiver(social_account_added)
def note_connection(sociallogin: SocialLogin, **kwargs: Any) -> None:
    _note_connection("provider.connected", sociallogin.account, sociallogin.user)


@receiver(social_account_removed)
def note_disconnection(socialaccount: SocialAccount, **kwargs: Any) -> None:
    _note_connection("provider.disconnected", socialaccount, socialaccount.user)


def _note_connection(event: str, account: SocialAccount, user: User) -> None:
    audit.record(event, user=user, actor=user, provider=account.provider)


@receiver(user_logged_in)
def announce_login(user: User, **kwargs: Any) -> None:
    _announce("signed_in", signed_in, user=user)


def _announce(name: str, signal: Signal, *, user: User, **more: Any) -> None:
    """Tell it when it is certain; a listener that fails is logged and hinders nobody."""

    def tell() -> None:
        for listener, result in signal.send_robust(User, user=user, **more):
            if isinstance(result, Exception):
                logger.error(
                    f"{name}_receiver_failed",
                    extra={"listener": repr(listener), "user_id": str(user.pk)},
                    exc_info=result,
                )

    transaction.on_commit(tell)


@receiver(email_changed)
def notify_new_address(
    user: User,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **kwargs: Any,
) -> None:
    """Both addresses hear of a change: allauth tells the old one alone."""
    if from_email_address is None:
        return
    addresses = {
        "from_email": from_email_address.email,
        "to_email": to_email_address.email,
    }
    get_adapter().send_notification_mail(
        "account/email/email_changed", user, addresses, to_email_address.email
    )


@receiver(authentication_step_completed)
def renew_session_key(
    request: HttpRequest, reauthenticated: bool = False, **kwargs: Any
) -> None:
    """A key seen before the password was entered again is worth nothing afterwards."""
    if reauthenticated:
        request.session.cycle_key()  # its rows follow: accounts/sessions/store.py


@receiver(post_save, sender=User)
def end_logins_of_the_deactivated(
    instance: User, created: bool, update_fields: frozenset[str] | None, **kwargs: Any
) -> None:
    """Whoever deactivates: or the old tokens would live again with the account."""
    is_written = update_fields is None or "is_active" in update_fields
    if is_written and not instance.is_active and not created:
        end_all_sessions(instance, DEACTIVATED)


@receiver(deactivated)
def end_logins_of_many(user: User, **kwargs: Any) -> None:
    end_all_sessions(user, DEACTIVATED)
