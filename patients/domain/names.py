"""Names as Dutch practices write them: prefixes, the partner's name, and the order the person chose."""

import re
from dataclasses import dataclass
from enum import StrEnum

from patients.domain.folding import fold, words

# Words that stand before a Dutch surname and do not count when names are put in order.
PREFIX_WORDS = frozenset(
    {
        "aan",
        "af",
        "bij",
        "d'",
        "de",
        "den",
        "der",
        "des",
        "die",
        "dit",
        "het",
        "'t",
        "in",
        "'k",
        "la",
        "las",
        "le",
        "les",
    }
    | {"los", "of", "onder", "op", "over", "'s", "te", "ten", "ter", "toe", "tot", "uit", "van", "von", "voor", "vor"}
    | {"zu", "zum", "zur"}
)
INITIAL = re.compile(r"[^\s.]+")


class NameOrder(StrEnum):
    """Which surname a person uses, and in which order."""

    OWN = "own"
    PARTNER = "partner"
    PARTNER_OWN = "partner_own"
    OWN_PARTNER = "own_partner"


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name in its parts. `family` is the name at birth; every part but `family` may be empty."""

    family: str
    prefix: str = ""
    given: str = ""
    initials: str = ""
    partner: str = ""
    partner_prefix: str = ""
    order: NameOrder = NameOrder.OWN

    def surname(self) -> str:
        """The surname in use, with its prefixes: "de Boer", "van Dam-de Boer"."""
        own = _joined(self.prefix, self.family)
        partner = _joined(self.partner_prefix, self.partner)
        if not self.partner:
            return own
        return {
            NameOrder.OWN: own,
            NameOrder.PARTNER: partner,
            NameOrder.PARTNER_OWN: f"{partner}-{own}",
            NameOrder.OWN_PARTNER: f"{own}-{partner}",
        }[self.order]

    def called(self) -> str:
        """The given name, or the initials of someone whose given name is not known."""
        return self.given or self.initials

    def formal(self) -> str:
        """The name in a letter: "J. de Boer"."""
        return _joined(self.initials or self.given, self.surname())

    def listed(self) -> str:
        """The name in a list: "De Boer, Jan"."""
        surname = self.surname()
        return _with_given(surname[:1].upper() + surname[1:], self.called())

    def banner(self) -> str:
        """The name above an open record, hard to confuse: "DE BOER, Jan"."""
        return _with_given(self.surname().upper(), self.called())

    def sort_key(self) -> str:
        """What a list is sorted by: surname without prefix, then the given name, folded."""
        first = (
            self.partner if self.partner and self.order in (NameOrder.PARTNER, NameOrder.PARTNER_OWN) else self.family
        )
        return fold(f"{first} {self.called()}")


def normalise_initials(text: str) -> str:
    """Initials with their dots: "jp", "j p" and "J.P" become "J.P."; "Th.J." keeps its two letters."""
    parts = INITIAL.findall(text)
    if "." not in text:
        parts = [letter for part in parts for letter in part]
    return "".join(f"{part[:1].upper()}{part[1:].lower()}." for part in parts)


def split_surname(text: str) -> tuple[str, str]:
    """Prefix and family name of a surname typed in one field: "van der Berg" gives ("van der", "Berg").

    Leading words count as prefix while they are Dutch prefix words; at least one word stays a family name.
    """
    parts = text.replace("’", "'").split()
    count = 0
    while count < len(parts) - 1 and is_prefix(parts[count]):
        count += 1
    return " ".join(parts[:count]).lower(), " ".join(parts[count:])


def found_as(prefix: str, family: str) -> frozenset[str]:
    """A surname with its prefixes as it is looked up, folded: whole, and from each later prefix on.

    "van der Berg" gives "van der berg" and "der berg". A surname without a prefix gives nothing.
    """
    parts = words(_joined(prefix, family)) if prefix and family else ()
    before = max(len(parts) - len(words(family)), 1)
    return frozenset(" ".join(parts[start:]) for start in range(min(before, len(parts))))


def is_prefix(word: str) -> bool:
    """Whether a word is one that stands before a Dutch surname, whatever its capitals and apostrophe."""
    return word.replace("’", "'").lower() in PREFIX_WORDS


def _joined(first: str, second: str) -> str:
    """Two parts with a space between them; "d'" and its kind stand against the name."""
    return f"{first}{second}" if first.endswith(("d'", "l'")) else f"{first} {second}".strip()


def _with_given(surname: str, called: str) -> str:
    return f"{surname}, {called}" if called else surname
