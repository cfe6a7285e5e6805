"""Templates of Django's widgets that are drawn anew, for speed, say what Django's own say."""

import pytest
from django.forms import NullBooleanSelect, Select, SelectMultiple, Widget
from django.forms.renderers import DjangoTemplates, get_default_renderer


class Unavailable(Select):
    """A select of which one option cannot be chosen."""

    def create_option(self, name: str, value: object, *args: object, **options: object) -> dict:
        """The option, which says so."""
        option = super().create_option(name, value, *args, **options)
        option["attrs"] |= {"disabled": value == 2, "data-of": '"a"', "hidden": False}
        return option


GROUPED = [("", "---"), ("first & last", [(1, "<one>"), (2, "two")]), ("more", [("x y", "É")]), (3, "three")]


@pytest.mark.parametrize(
    ("widget", "value"),
    [
        (Select(choices=GROUPED), 1),
        (Select(choices=GROUPED, attrs={"class": "form-select", "required": True, "multiple": False}), None),
        (Select(), ""),
        (Unavailable(choices=GROUPED), "x y"),
        (SelectMultiple(choices=GROUPED), ["2", "3"]),
        (NullBooleanSelect(), True),
    ],
)
def test_a_select_is_what_django_would_draw(widget: Widget, value: object) -> None:
    ours, theirs = (
        widget.render("a_name", value, {"id": "x"}, one) for one in (get_default_renderer(), DjangoTemplates())
    )
    assert without_space_between(ours) == without_space_between(theirs)
    assert "<option" in ours or not widget.choices


def without_space_between(html: str) -> str:
    """The lines of some HTML, each without the space around it."""
    return "".join(line.strip() for line in html.splitlines())
