"""Short names of workspaces for URLs."""

import secrets

from django.utils.text import slugify

from workspaces.models import Workspace

MAX_LENGTH: int = Workspace._meta.get_field("slug").max_length
SUFFIX_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no look-alikes: 0 o, 1 l i
SUFFIX_LENGTH = 6  # 31**6: about 900 million


def slug_of(name: str) -> str:
    """`Ana's Team` -> `anas-team`; a name without Latin letters or digits -> `workspace`."""
    slug = slugify(name).replace("_", "-").strip("-")
    slug = "-".join(part for part in slug.split("-") if part)
    return slug[:MAX_LENGTH].rstrip("-") or "workspace"


def with_suffix(slug: str) -> str:
    """Another slug of the same name: `anas-team-x7k2m9`."""
    suffix = "".join(secrets.choice(SUFFIX_ALPHABET) for _ in range(SUFFIX_LENGTH))
    return f"{slug[: MAX_LENGTH - SUFFIX_LENGTH - 1].rstrip('-')}-{suffix}"
