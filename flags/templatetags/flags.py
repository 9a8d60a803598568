"""`{% load flags %}`"""

from typing import Any

from django import template

from workspaces.models import Workspace

register = template.Library()


@register.simple_tag(takes_context=True)
def flag(
    context: dict[str, Any], feature_name: str, workspace: Workspace | None = None
) -> bool:
    """`{% flag "beta_search" workspace=workspace as on %}{% if on %}...{% endif %}`.

    Needs the request in the context: a mail or a task asks `flags.evaluation.is_enabled`.
    """
    # A variable that the template does not know arrives as "".
    flags = context["request"].flags
    return flags.is_enabled(feature_name, workspace=workspace or None)
