"""The audit log at the support desk: read, filtered and searched, and never changed.

And what it could not hear of otherwise: whatever list of the admin deletes many at once.
"""

from ipaddress import ip_address
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import actions
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.audit.receivers import note_entry
from accounts.audit.rows import address_hashes
from accounts.models import AuditEvent, normalize_email
from saas.admin import ReadOnly


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["created_at", "event", "whom", "by", "factor", "ip", "details"]
    list_filter = ["event", "created_at"]
    list_per_page = 50
    show_full_result_count = False
    ordering = ["-created_at", "-id"]
    search_fields = ["event"]  # get_search_results does the work
    search_help_text = (
        "An address (also one that nobody has), an id of an account or a request, "
        "an IP address, or the beginning of an event."
    )
    fields = [
        "id",
        "created_at",
        "event",
        "whom",
        "by",
        "factor",
        "ip",
        "user_agent",
        "request_id",
        "details",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        return super().get_queryset(request).select_related("user", "actor")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        term = search_term.strip()
        return queryset.filter(_matching(term)) if term else queryset, False

    @admin.display(description="user", ordering="user_id")
    def whom(self, row: AuditEvent) -> str:
        """Of an account that is deleted, the id alone."""
        return str(row.user or row.user_id or "")

    @admin.display(description="done by", ordering="actor_id")
    def by(self, row: AuditEvent) -> str:
        return str(row.actor or row.actor_id or "")


@admin.action(
    permissions=actions.delete_selected.allowed_permissions,
    description=actions.delete_selected.short_description,
)
def delete_selected(
    modeladmin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet
) -> HttpResponse | None:
    """Django's, whose history of more than one tells nobody: `bulk_create` sends no signal."""
    keys = [str(key) for key in queryset.values_list("pk", flat=True)]
    answer = actions.delete_selected(modeladmin, request, queryset)
    if answer is None and len(keys) > 1:  # else it asks first, or has told of the one
        kind = ContentType.objects.get_for_model(queryset.model)
        for key in keys:
            note_entry(
                LogEntry(
                    user_id=request.user.pk,
                    content_type=kind,
                    object_id=key,
                    action_flag=DELETION,
                )
            )
    return answer


admin.site.add_action(delete_selected)


def _matching(term: str) -> Q:
    if "@" in term:
        email = normalize_email(term)
        of_account = Q(user__email=email) | Q(actor__email=email)
        return of_account | Q(address_hash__in=address_hashes(email))
    try:
        account = UUID(term)
    except ValueError:
        pass
    else:
        # A request has an id of the same form, without the dashes.
        return Q(user=account) | Q(actor=account) | Q(request_id=term)
    try:
        return Q(ip=str(ip_address(term)))
    except ValueError:
        return Q(event__startswith=term) | Q(request_id=term)
