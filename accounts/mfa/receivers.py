"""Keeps `User.has_second_factor` true, whoever adds or removes a factor, and how."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Exists
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from accounts.mfa.factors import FACTORS
from accounts.models import User


@receiver(post_save, sender=Authenticator)
@receiver(post_delete, sender=Authenticator)
def note_second_factor(
    instance: Authenticator, created: bool = True, **kwargs: Any
) -> None:
    if not created:  # used or renamed: it was there before
        return
    with transaction.atomic():
        # Locked, or two that go at once would each see the other one still there.
        user = User.objects.select_for_update().filter(pk=instance.user_id)
        if not user.exists():
            return
        factors = Authenticator.objects.filter(
            user_id=instance.user_id, type__in=FACTORS
        )
        user.update(has_second_factor=Exists(factors))
