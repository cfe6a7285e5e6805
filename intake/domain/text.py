"""Bilingual text: what a reader sees, in Dutch and in English."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One piece of text in both languages of the product; neither is ever empty."""

    nl: str
    en: str

    def in_language(self, language: str) -> str:
        """The text for a language code such as `en` or `nl-nl`; anything but English reads Dutch."""
        return self.en if language.startswith("en") else self.nl

    def to_json(self) -> dict[str, str]:
        return {"nl": self.nl, "en": self.en}
