"""Who you are: a user, the logins of a user, and what happened around them."""

import unicodedata
import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.crypto import constant_time_compare
from django.utils.timezone import now

from accounts.signals import deactivated
from accounts.validators import (
    has_lookalikes,
    one_line,
    validate_address,
    validate_locale,
    validate_timezone,
)


def normalize_email(address: str) -> str:
    """One spelling per mailbox: composed Unicode (NFKC would merge look-alikes), lower case.

    An address with a letter that would become an ASCII one stays as it is: it is no address
    (`validate_address`), and must not turn into that of somebody else.
    """
    address = address.strip()
    if has_lookalikes(address):
        return address
    return unicodedata.normalize("NFC", address).lower()


class UserQuerySet(models.QuerySet["User"]):
    def update(self, **fields: Any) -> int:
        """Django's, which tells of nobody: who is deactivated in bulk is told of here."""
        if fields.get("is_active", True) is True:
            return super().update(**fields)
        with transaction.atomic(using=self.db):
            # Before, and locked: the filter may be about what changes.
            keys = list(self.select_for_update().values_list("pk", flat=True))
            changed = super().update(**fields)
            for user in self.model._base_manager.filter(pk__in=keys, is_active=False):
                deactivated.send(self.model, user=user)
        return changed


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    use_in_migrations = True

    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        user = self.model(email=normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        return self.create_user(
            email, password, **{**fields, "is_staff": True, "is_superuser": True}
        )

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email=normalize_email(email))


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody with a login. The address is the login name; the key is what others refer to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(
        max_length=254, unique=True, validators=[validate_address]
    )
    name = models.CharField(max_length=150, blank=True, validators=[one_line])
    locale = models.CharField(max_length=16, default="en", validators=[validate_locale])
    timezone = models.CharField(
        max_length=64, default="UTC", validators=[validate_timezone]
    )
    marketing_opt_in = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    # Kept by accounts/mfa/receivers.py, so that nobody has to ask on each request.
    has_second_factor = models.BooleanField(default=False, editable=False)
    # When all logins were ended last: one that had begun before is not completed after.
    sessions_ended_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        # With the unique column: no two addresses that differ in case only.
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_lower_case"
            )
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        super().clean()
        self.email = normalize_email(self.email)

    def save(self, *args: Any, **kwargs: Any) -> None:
        # Whoever writes it, the address has one spelling: the constraint and logins rely on it.
        self.email = normalize_email(self.email)
        super().save(*args, **kwargs)

    def has_auth_hash(self, known: str) -> bool:
        """Whether `known` is `get_session_auth_hash()`: the password is still the same."""
        hashes = [self.get_session_auth_hash(), *self.get_session_auth_fallback_hash()]
        return any(constant_time_compare(known, of_now) for of_now in hashes)


class AuthSessionQuerySet(models.QuerySet["AuthSession"]):
    def live(self) -> "AuthSessionQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=now())


class AuthSession(models.Model):
    """One login of one device: the family of all tokens that descend from it.

    Its key is the claim `sid` of the tokens. Tokens themselves are never stored: the row
    knows the `jti` of the refresh token that is valid now, and of the one before it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="auth_sessions"
    )
    session_key = models.CharField(max_length=40, db_index=True)
    auth_hash = models.CharField(max_length=128)
    refresh_jti = models.CharField(max_length=64)
    refresh_issued_at = models.DateTimeField()
    previous_jti = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)
    last_refreshed_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoke_reason = models.CharField(max_length=32, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=255, blank=True)

    objects = AuthSessionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at"], name="auth_session_of_user")
        ]

    def __str__(self) -> str:
        return f"Login of {self.user.email} at {self.created_at:%Y-%m-%d %H:%M}"

    def is_live(self, now: datetime) -> bool:
        """Not ended, not too old, and no password change or deactivation since (no query)."""
        return (
            self.revoked_at is None
            and self.expires_at > now
            and self.user.is_active
            and self.user.has_auth_hash(self.auth_hash)
        )


class AuditEvent(models.Model):
    """Something that mattered for security (accounts/audit/ writes it, nobody changes it).

    `user` is whom it is about, `actor` who did it. Both stay when the account is deleted:
    without a constraint they are but a number then, and writing one waits for no lock.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    event = models.CharField(max_length=64)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="+",
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="+",
    )
    # The address that was tried, keyed: equal ones can be counted, none can be read.
    address_hash = models.CharField(max_length=64, blank=True)
    factor = models.CharField(max_length=32, blank=True)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=255, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="audit_event_newest"),
            models.Index(fields=["event", "-created_at"], name="audit_event_by_event"),
            models.Index(fields=["user", "-created_at"], name="audit_event_of_user"),
            models.Index(fields=["actor", "-created_at"], name="audit_event_by_actor"),
            models.Index(
                fields=["address_hash", "-created_at"], name="audit_event_of_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} at {self.created_at:%Y-%m-%d %H:%M:%S}"
