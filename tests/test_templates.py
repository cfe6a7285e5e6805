"""What holds for every template: it compiles, keeps to the content security policy, and says nothing untranslated."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = [ROOT / "templates", *ROOT.glob("*/templates")]
TEMPLATES = sorted(path.relative_to(folder) for folder in FOLDERS for path in folder.rglob("*.html"))
NAMES = {"Traject", "Tab", "Ctrl", "Alt", "Enter", "PgDn", "PgUp"}  # the same in every language

TAGS = re.compile(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}", re.DOTALL)
BLOCK_TRANSLATED = re.compile(r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.DOTALL)
CLASS_BLOCK = re.compile(r"{%\s*block\s+\w*class\s*%}.*?{%\s*endblock.*?%}", re.DOTALL)
TEMPLATE_CODE = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
NOT_SPOKEN = re.compile(r"<(style|script|title)\b.*?</\1>|<!--.*?-->|<!doctype[^>]*>", re.DOTALL | re.IGNORECASE)
SPOKEN_ATTRIBUTE = re.compile(r'\b(?:aria-label|alt|title|placeholder)="([^"]*)"')
MARKUP = re.compile(r"<[^>]*>")
WORD = re.compile(r"[A-Za-zÀ-ÿ]{2,}")


def source(template: Path) -> str:
    """The text of a template, without what only its readers see."""
    return TAGS.sub("", next(folder / template for folder in FOLDERS if (folder / template).exists()).read_text())


def untranslated(text: str) -> list[str]:
    """The words that a page would say in one language only."""
    plain = text
    for silent in (NOT_SPOKEN, BLOCK_TRANSLATED, CLASS_BLOCK, TEMPLATE_CODE):
        plain = silent.sub("", plain)
    spoken = [*SPOKEN_ATTRIBUTE.findall(plain), MARKUP.sub(" ", plain)]
    return [word for piece in spoken for word in WORD.findall(piece) if word not in NAMES]


@pytest.mark.parametrize("template", TEMPLATES, ids=str)
class TestEveryTemplate:
    def test_it_compiles(self, template: Path) -> None:
        get_template(str(template))

    def test_it_has_no_inline_style_and_no_inline_script(self, template: Path) -> None:
        text = source(template)
        assert not re.search(r"\sstyle\s*=|<style\b", text)
        assert not re.search(r"<script\b(?![^>]*\bsrc=)|\son[a-z]+\s*=\s*[\"']|javascript:", text)

    def test_it_says_nothing_untranslated(self, template: Path) -> None:
        assert untranslated(source(template)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<p>Wijzigen</p>", ["Wijzigen"]),
        ('<p aria-label="Close">{{ x }}</p>', ["Close"]),
        ('{% translate "Close" %}{% blocktranslate %}Hi {{ name }}{% endblocktranslate %}', []),
        ('<a class="btn" href="{% url \'today\' %}">Traject</a>', []),
    ],
)
def test_untranslated_words_are_found(text: str, words: list[str]) -> None:
    assert untranslated(text) == words
