"""Every route of the product, read from the resolver."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.http import HttpRequest
from django.urls import (
    Resolver404,
    URLPattern,
    URLResolver,
    get_resolver,
    resolve,
)

from saas.refusals import is_page

PARAMETER = re.compile(r"<(\w+)>")
ESCAPED = re.compile(r"\\(.)")
# Handlers that every view has and that no view declares.
IMPLIED = {"HEAD", "OPTIONS", "TRACE"}
# Only while developing; the tests of `dev` look after it.
LEFT_OUT = ("/dev/",)


@dataclass(frozen=True)
class Route:
    """`path` is like `/workspaces/<id>`; `methods` are those that the view declares."""

    path: str
    methods: frozenset[str]

    def __str__(self) -> str:
        return self.path

    @property
    def is_page(self) -> bool:
        request = HttpRequest()
        request.path = self.path
        return is_page(request)

    @property
    def parameters(self) -> list[str]:
        return PARAMETER.findall(self.path)


def page_path(route: Route, value: object) -> str:
    """The path with `value` for its parameters, or with a number where pages ask for one."""
    path = PARAMETER.sub(str(value), route.path)
    try:
        resolve(path)
    except Resolver404:
        return PARAMETER.sub("1", route.path)
    return path


def all_routes() -> list[Route]:
    found: dict[str, set[str]] = {}
    for path, pattern in _walk(get_resolver()):
        if not path.startswith(LEFT_OUT):
            found.setdefault(path, set()).update(_methods(pattern.callback))
    return [Route(path, frozenset(found[path])) for path in sorted(found)]


def api_routes() -> list[Route]:
    return [route for route in all_routes() if not route.is_page]


def _walk(
    resolver: URLResolver, prefix: str = "^/"
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        regex = prefix + pattern.pattern.regex.pattern.lstrip("^")
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, regex.removesuffix(r"\Z"))
        else:
            yield ESCAPED.sub(r"\1", simplify_regex(regex)), pattern


def _methods(callback: Any) -> set[str]:
    if hasattr(callback, "actions"):  # a viewset
        return {method.upper() for method in callback.actions} - IMPLIED
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    if view is None:
        return _methods_of_function(callback) - IMPLIED
    declared = (m for m in view.http_method_names if hasattr(view, m))
    return {method.upper() for method in declared} - IMPLIED


def _methods_of_function(view: Any) -> set[str]:
    """Those of `require_http_methods` around it; without, a page reads and takes forms."""
    while inspect.isfunction(view):
        closure = inspect.getclosurevars(view).nonlocals
        if "request_method_list" in closure:
            return set(closure["request_method_list"])
        view = getattr(view, "__wrapped__", None)
    return {"GET", "POST"}
