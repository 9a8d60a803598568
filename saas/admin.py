"""What the admin pages of all apps share."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

# What the filters of a list put behind the name of a field.
FILTERED_BY = {
    "exact",
    "id__exact",
    "in",
    "isnull",
    "isempty",
    "gt",
    "gte",
    "lt",
    "lte",
}


class NamedLookups:
    """Mixed into an admin, lets an address filter by what the list offers, and nothing else.

    Django lets it filter by any column: whoever may see the list could guess the secrets
    that it leaves out letter by letter (`?session_key__startswith=a`).
    """

    def lookup_allowed(
        self, lookup: str, value: Any, request: HttpRequest | None = None
    ) -> bool:
        return any(
            lookup == name
            or (
                lookup.startswith(f"{name}__")
                and lookup.removeprefix(f"{name}__") in FILTERED_BY
            )
            for name in self._names(request)
        )

    def _names(self, request: HttpRequest | None) -> set[str]:
        names = {"pk", self.opts.pk.name, self.date_hierarchy or "pk"}
        names |= {name.lstrip("=^@") for name in self.get_search_fields(request)}
        for entry in self.get_list_filter(request):
            field = entry[0] if isinstance(entry, list | tuple) else entry
            names.add(getattr(field, "parameter_name", field))
        return names


class ReadOnly(NamedLookups):
    """Mixed into an admin or an inline, shows rows that only the product writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CheckedSelection(NamedLookups):
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
