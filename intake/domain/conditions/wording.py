"""The phrases with which a condition is said as a sentence, per language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from intake.domain.conditions.terms import Terms


@dataclass(frozen=True, slots=True)
class Phrases:
    """`{}` stands for what is filled in."""

    yes: str
    no: str
    and_: str
    or_: str
    not_: str
    other_than: str
    including: str
    at_least_of: str
    compare: Mapping[str, str]
    between: str
    decimal_sign: str


DUTCH = Phrases(
    yes="ja",
    no="nee",
    and_="en",
    or_="of",
    not_="niet ({})",
    other_than="anders dan {}",
    including="onder meer {}",
    at_least_of="ten minste {} van: {}",
    compare={"<": "minder dan {}", "<=": "hoogstens {}", ">": "meer dan {}", ">=": "ten minste {}", "=": "precies {}"},
    between="{} tot en met {}",
    decimal_sign=",",
)
ENGLISH = Phrases(
    yes="yes",
    no="no",
    and_="and",
    or_="or",
    not_="not ({})",
    other_than="other than {}",
    including="including {}",
    at_least_of="at least {} of: {}",
    compare={"<": "less than {}", "<=": "at most {}", ">": "more than {}", ">=": "at least {}", "=": "exactly {}"},
    between="{} to {}",
    decimal_sign=".",
)


@dataclass(frozen=True, slots=True)
class Voice:
    """Says codes, choices and numbers in one language; a code without a term is said as it is."""

    language: str
    terms: Terms

    @property
    def phrases(self) -> Phrases:
        return ENGLISH if self.language.startswith("en") else DUTCH

    def name(self, code: str) -> str:
        term = self.terms.get(code)
        return term.name(self.language) if term else code

    def choice(self, code: str, choice: str) -> str:
        term = self.terms.get(code)
        return term.choice_name(choice, self.language) if term else choice

    def number(self, written: str) -> str:
        return written.replace(".", self.phrases.decimal_sign)

    def either(self, names: Iterable[str]) -> str:
        return self._joined(list(names), self.phrases.or_)

    def both(self, names: Iterable[str]) -> str:
        return self._joined(list(names), self.phrases.and_)

    def _joined(self, names: list[str], word: str) -> str:
        if len(names) == 1:
            return names[0]
        return f"{', '.join(names[:-1])} {word} {names[-1]}"
