"""What a condition may speak of: the codes, their kinds, choices and bounds, and how they are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from intake.domain.text import Text


class TermKind(Enum):
    """The kinds of values a finding can have."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Term:
    """One finding a condition can test.

    `choices` maps the possible choices to their labels; None means that any choice may occur. `minimum` and `maximum`
    bound a number, both included; None means no bound; `whole` numbers have no decimals. `exclusive`
    choices stand alone in a set.
    """

    code: str
    kind: TermKind
    label: Text
    choices: Mapping[str, Text] | None = None
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    exclusive: frozenset[str] = frozenset()
    red_flag: bool = False

    def name(self, language: str) -> str:
        return self.label.in_language(language)

    def choice_name(self, choice: str, language: str) -> str:
        label = (self.choices or {}).get(choice)
        return label.in_language(language) if label else choice


Terms = Mapping[str, Term]
