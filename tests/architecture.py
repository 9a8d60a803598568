"""The floors of the house and who may lean on whom, read from the source of a tree of apps.

`offences` is tried on small trees with planted faults, and then on the product.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

FLOORS = ("saas", "accounts", "workspaces", "billing", "flags")
NOT_FOR_PRODUCTION = {"dev", "fakestripe", "tests"}
# The only files of an app that know HTTP; STYLE: "What is in an app".
HTTP_FILES = ("api/", "tests/")
# On the ground floor, what all viewsets share.
HTTP_FILES_OF_SAAS = {
    "api.py",
    "health.py",
    "pagination.py",
    "parsers.py",
    "schema.py",
    "site_urls.py",
}


def offences(root: Path) -> list[str]:
    """`file:line: what is wrong`, for every app of `root` that is one of the floors."""
    found = []
    for app in FLOORS:
        for file in sorted((root / app).rglob("*.py")):
            path = file.relative_to(root).as_posix()
            tree = ast.parse(file.read_text())
            for line, problem in problems(app, path, tree):
                found.append(f"{path}:{line}: {problem}")
    return found


def problems(app: str, path: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    inside = path.removeprefix(f"{app}/")
    is_test = inside.startswith("tests/")
    for node in ast.walk(tree):
        for module in imported(node):
            top = module.split(".")[0]
            if top in above(app):
                yield node.lineno, f"{app} imports the floor above, {top}"
            if top in NOT_FOR_PRODUCTION and not is_test:
                yield node.lineno, f"{app} imports {top}, which production lacks"
            if top == "rest_framework" and not knows_http(app, inside):
                yield node.lineno, f"{inside} is no place for HTTP (rest_framework)"
        for target in relations(node):
            if target.split(".")[0] in above(app):
                yield (
                    node.lineno,
                    f"{app} has a foreign key to the floor above, {target}",
                )
        if "migrations/" in path:
            for target in dependencies(node):
                if target in above(app):
                    yield node.lineno, f"{app} has a migration that needs {target}"


def above(app: str) -> set[str]:
    return set(FLOORS[FLOORS.index(app) + 1 :])


def knows_http(app: str, inside: str) -> bool:
    if app == "saas":
        return inside in HTTP_FILES_OF_SAAS or inside.startswith("tests/")
    return inside.startswith(HTTP_FILES)


def imported(node: ast.AST) -> list[str]:
    """The modules that a statement imports, wherever it stands; `import_module` counts."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module] if node.module and not node.level else []
    if isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"}:
        return [a.value for a in node.args[:1] if is_text(a)]
    return []


def relations(node: ast.AST) -> list[str]:
    """Models named as strings: in a foreign key, or asked from the registry of apps."""
    if not isinstance(node, ast.Call):
        return []
    if called(node) in {"ForeignKey", "OneToOneField", "ManyToManyField"}:
        arguments = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "to")]
        return [a.value for a in arguments if is_text(a)]
    if called(node) == "get_model":
        return [a.value for a in node.args[:1] if is_text(a)]
    return []


def dependencies(node: ast.AST) -> list[str]:
    """The apps in `dependencies = [("billing", "0001_initial")]` of a migration."""
    is_list = isinstance(node, ast.Assign) and any(
        getattr(target, "id", "") in {"dependencies", "run_before"}
        for target in node.targets
    )
    if not is_list or not isinstance(node.value, ast.List):
        return []
    pairs = [pair for pair in node.value.elts if isinstance(pair, ast.Tuple)]
    return [pair.elts[0].value for pair in pairs if is_text(pair.elts[0])]


def called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
