"""What a browser sends of a page: the controls of its form as they stand there."""

from html.parser import HTMLParser
from typing import Any


class _Controls(HTMLParser):
    """Gathers the controls of the form that has the most of them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.inside = False
        self.select = ""
        self.options: list[tuple[str, bool]] = []
        self.area = ""
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
            self.inside = True
        elif tag == "select":
            self.select, self.options = given.get("name", ""), []
        elif tag == "option":
            self.options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self.area, self.text = given["name"], ""
        elif tag == "input" and self.inside and "name" in given:
            self._input(given)

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in ("checkbox", "radio"):
            if "checked" in given:
                self._add(given["name"], given.get("value", "on"))
        elif kind not in ("submit", "button", "file"):
            self._add(given["name"], given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select" and self.inside and self.options:
            chosen = [value for value, selected in self.options if selected]
            self._add(self.select, chosen[-1] if chosen else self.options[0][0])
        elif tag == "textarea" and self.inside:
            self._add(self.area, self.text.removeprefix("\n"))
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.text += data

    def _add(self, name: str, value: str) -> None:
        self.forms[-1].setdefault(name, []).append(value)


def sent(page: str) -> dict[str, Any]:
    """What the largest form on a page sends when nothing in it is changed; a control that is sent twice as a list."""
    reader = _Controls()
    reader.feed(page)
    largest = max(reader.forms, key=len)
    return {name: values if len(values) > 1 else values[0] for name, values in largest.items()}
