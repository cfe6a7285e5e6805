"""Every text on the screens is there in Dutch."""

import ast
from collections.abc import Iterator

from babel.messages.catalog import Catalog

from tests import translations
from tests.translations import ROOT, SOURCES


def catalog(*messages: tuple[str, str, list[str]]) -> Catalog:
    """A Dutch catalogue of (text, Dutch, flags)."""
    made = Catalog(locale="nl")
    for text, dutch, flags in messages:
        made.add(text, dutch, flags=flags)
    return made


def test_the_check_notices_each_kind_of_problem() -> None:
    wanted = catalog(("Plan", "", []), ("Goal", "", []), ("%(n)s left", "", []), ("Week", "", []))
    have = catalog(("Goal", "", []), ("Old", "Oud", []), ("%(n)s left", "nog %(m)s", []), ("Week", "Week", ["fuzzy"]))
    assert translations.problems(have, wanted) == {
        "missing": ["Plan"],
        "unused": ["Old"],
        "untranslated": ["Goal"],
        "fuzzy": ["Week"],
        "wrong placeholders": ["%(n)s left"],
    }


def test_texts_of_templates_are_gathered() -> None:
    template = """{% load i18n %}
        <p>{% translate "Save" %}{{ _("Stop") }}</p>
          {% blocktranslate count n=plans|length trimmed %}
             One plan
          {% plural %}
             {{ n }} plans
          {% endblocktranslate %}
        {% translate "May" context "month" %}"""
    code = translations.as_python(template)
    found = [message for _line, message, *_rest in translations.texts(code)]
    assert found == ["Save", "Stop", ("One plan", "%(n)s plans"), "May"]


def test_the_dutch_catalogue_is_complete_and_holds_nothing_else() -> None:
    found = translations.problems(translations.dutch(), translations.gathered())
    assert {kind: texts for kind, texts in found.items() if texts} == {}


def worked_out_at_import(code: str) -> list[int]:
    """The lines where a lazy text is filled in outside functions: that fixes it in the language of the import."""
    tree = ast.parse(code)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    lazy = {name.asname or name.name for one in imports for name in one.names if name.name.endswith("gettext_lazy")}
    return [
        node.lineno
        for node in outside_functions(tree)
        if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Call) and getattr(node.left.func, "id", "") in lazy
    ]


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is imported."""
    for inner in ast.iter_child_nodes(node):
        if not isinstance(inner, ast.FunctionDef | ast.Lambda):
            yield inner
            yield from outside_functions(inner)


def test_no_text_is_fixed_in_the_language_of_the_import() -> None:
    files = [path for folder in SOURCES for path in sorted((ROOT / folder).rglob("*.py"))]
    assert [f"{path}:{line}" for path in files for line in worked_out_at_import(path.read_text(encoding="utf-8"))] == []
    assert worked_out_at_import("from django.utils.translation import gettext_lazy as _\nX = _('%s') % 1") == [2]
