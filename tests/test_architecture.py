"""The house's rules that no other tool keeps: names, doors, reads and tables. ARCHITECTURE.md gives the reasons."""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from practice.domain.grants import Act

ROOT = Path(__file__).resolve().parent.parent
APPS = [config.name for config in apps.get_app_configs() if (ROOT / config.name).is_dir()]
ROOMS = {
    *("apps", "urls", "views", "admin", "forms", "fhir", "actions", "policies", "access", "audit", "models", "domain"),
    *("content", "migrations", "management", "templatetags"),
}
TABLES = re.compile(r"GRANTS|.*TRANSITIONS|.*LABELS|.*WORDS|.*URGENC(Y|IES)")
WRITES = {"save", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}


def routes(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    """Every route of our own screens; the admin site names its own."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield entry
        elif entry.namespace is None:
            yield from routes(entry)


ROUTES = list(routes())


def modules(app: str, room: str) -> Iterator[tuple[Path, ast.Module]]:
    """The parsed module `room` of `app`, or those of the package of that name."""
    for path in [ROOT / app / f"{room}.py", *sorted((ROOT / app / room).rglob("*.py"))]:
        if path.exists():
            yield path, ast.parse(path.read_text())


SCREENS = [(path, tree) for app in [*APPS, "config"] for path, tree in modules(app, "views")]
SOURCES = [(path, ast.parse(path.read_text())) for app in [*APPS, "config"] for path in (ROOT / app).rglob("*.py")]


def place(path: Path, node: ast.AST) -> str:
    """Where `node` is, as an editor understands it."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def called(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call in `tree` with the last name of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, getattr(node.func, "attr", getattr(node.func, "id", ""))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.pattern) or "/")
def test_a_route_has_the_name_of_its_view(route: URLPattern) -> None:
    module, _, rest = route.callback.__module__.partition(".")
    assert route.name == route.callback.__name__
    assert module in [*APPS, "config"]
    assert rest.split(".")[0] == "views"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_view_declares_who_may_open_it(route: URLPattern) -> None:
    required = getattr(route.callback, "required_act", "nothing declared")
    assert required is None or isinstance(required, Act)


def test_two_routes_never_share_a_name() -> None:
    names = [route.name for route in ROUTES]
    assert sorted(set(names)) == sorted(names)


def test_a_page_is_rendered_from_the_template_of_its_view() -> None:
    wrong = []
    for path, tree in SCREENS:
        app = path.relative_to(ROOT).parts[0]
        for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            for node in ast.walk(function):
                named = isinstance(node, ast.Constant) and str(node.value).endswith(".html")
                own = re.sub(r"^_(\w+)_page$", r"\1", function.name)  # _plan_page renders the page of the view plan
                if named and not re.fullmatch(rf"({app}/(_\w+|{own})|components/_\w+)\.html", node.value):
                    wrong.append(f"{place(path, node)} {function.name} renders {node.value}")
    assert wrong == []


def test_views_are_functions() -> None:
    assert [place(path, node) for path, tree in SCREENS for node in tree.body if isinstance(node, ast.ClassDef)] == []


def unscoped(tree: ast.Module) -> Iterator[ast.AST]:
    """Reads in a screen that do not start from what the person may see."""
    scoped = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "visible_to" and isinstance(node.value, ast.Attribute)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager") and node not in scoped:
            yield node
    for call, name in called(tree):
        if name in ("get_object_or_404", "get_list_or_404") and not isinstance(call.args[0], ast.Call):
            yield call


def test_screens_read_only_what_the_person_may_see() -> None:
    assert [place(path, node) for path, tree in SCREENS for node in unscoped(tree)] == []


@pytest.mark.parametrize(
    "way_around",
    [
        "Plan.objects.all()",
        "Plan.objects.filter(life='active').visible_to(user)",
        "get_object_or_404(Plan, pk=1)",
        "get_object_or_404(Plan.objects)",
        "manager = Plan._default_manager",
    ],
)
def test_the_check_on_reads_notices(way_around: str) -> None:
    assert list(unscoped(ast.parse(way_around)))
    assert not list(unscoped(ast.parse("get_object_or_404(Plan.objects.visible_to(user), pk=1)")))


def test_screens_and_forms_write_nothing() -> None:
    sources = [*SCREENS, *(found for app in APPS for found in modules(app, "forms"))]
    assert [place(path, call) for path, tree in sources for call, name in called(tree) if name in WRITES] == []


def test_nothing_listens_to_signals() -> None:
    wrong = []
    for path, tree in SOURCES:
        for node in ast.walk(tree):
            names = {alias.name for alias in node.names} if isinstance(node, (ast.Import, ast.ImportFrom)) else set()
            origin = getattr(node, "module", None) or ""
            if origin.startswith("django.dispatch") or origin.endswith(".signals") or "signals" in names:
                wrong.append(place(path, node))
    assert wrong == []


@pytest.mark.parametrize("app", APPS)
def test_an_app_has_the_same_file_names_as_every_other(app: str) -> None:
    named = {module.name for module in iter_modules([str(ROOT / app)])}
    explained = set(re.findall(rf"`{app}/(\w+)(?:\.py|/)`", (ROOT / "ARCHITECTURE.md").read_text()))
    assert named <= ROOMS | explained


def tables() -> Iterator[tuple[str, dict]]:
    """Every table of the domains and policies that must be total: transitions, grants, labels, urgencies."""
    for app in APPS:
        for room in ("domain", "policies"):
            for path, _tree in modules(app, room):
                dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                for name, value in vars(import_module(dotted)).items():
                    if TABLES.fullmatch(name) and isinstance(value, dict):
                        yield f"{dotted}.{name}", value


@pytest.mark.parametrize(("name", "table"), [pytest.param(*table, id=table[0]) for table in tables()])
def test_a_table_forgets_nothing(name: str, table: dict) -> None:
    kinds = {type(key) for key in table}
    assert len(kinds) == 1, f"{name} has keys of several kinds"
    kind = kinds.pop()
    assert issubclass(kind, Enum), f"{name} is keyed by something that cannot be counted"
    assert set(table) == set(kind)


@pytest.mark.parametrize("app", APPS)
def test_a_migration_says_what_it_does(app: str) -> None:
    names = [path.stem for path in (ROOT / app / "migrations").glob("[0-9]*.py")]
    assert [name for name in names if not re.fullmatch(r"\d{4}_(?!auto_)[a-z][a-z0-9_]+", name)] == []


@pytest.mark.parametrize("app", APPS)
def test_a_constraint_is_named_as_a_sentence(app: str) -> None:
    models = apps.get_app_config(app).get_models()
    names = [constraint.name for model in models for constraint in model._meta.constraints]
    assert [name for name in names if name.count("_") < 2 or name.endswith(("_check", "_uniq", "_unique"))] == []


@pytest.mark.parametrize("file", ["requirements.in", "requirements-dev.in"])
def test_each_dependency_has_its_reason(file: str) -> None:
    lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith(("#", "-r"))]
    assert [line for line in lines if not re.search(r"  # \w.{8,}", line)] == []
