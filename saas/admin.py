"""What the admin pages of all apps share."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse


class ReadOnly:
    """Mixed into an admin or an inline, shows rows that only the product writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CheckedSelection:
    """Mixed into an admin with actions, refuses keys that no row could have.

    Django asks the database for whatever was sent, and crashes where that is no UUID.
    """

    def response_action(
        self, request: HttpRequest, queryset: QuerySet
    ) -> HttpResponse | None:
        for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
            if not self._is_key(key):
                refusal = "Nothing was done: the selection is malformed."
                self.message_user(request, refusal, messages.ERROR)
                return None  # Django goes back to the list
        return super().response_action(request, queryset)

    def _is_key(self, text: str) -> bool:
        try:
            self.opts.pk.to_python(text)
        except ValidationError:
            return False
        return "\0" not in text
