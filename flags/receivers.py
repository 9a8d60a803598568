"""What leaves takes its rows along: an id that nobody has would switch nothing, and it is data."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from accounts.models import User
from flags.models import FeatureFlag
from workspaces.models import Workspace


@receiver(post_delete, sender=User)
def forget_user(instance: User, **kwargs: Any) -> None:
    _forget(FeatureFlag.Scope.USER, instance.pk)


@receiver(post_delete, sender=Workspace)
def forget_workspace(instance: Workspace, **kwargs: Any) -> None:
    _forget(FeatureFlag.Scope.WORKSPACE, instance.pk)


def _forget(scope: str, key: object) -> None:
    FeatureFlag.objects.filter(scope=scope, scope_id=str(key)).delete()
