"""Every text on the screens is there in Dutch."""

from babel.messages.catalog import Catalog

from tests import translations


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
