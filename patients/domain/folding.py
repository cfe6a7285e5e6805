"""How letters are compared: without capitals, accents and signs, so that Şahin, SAHIN and sahin are one name."""

import re
import unicodedata

# Letters that Unicode does not take apart into a base letter and a sign.
WHOLE_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h", "ŋ": "n"}
)
APOSTROPHES = re.compile(r"['’‘`´ʼ]")
NOT_A_LETTER = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Lower case without accents; apostrophes vanish, every other sign becomes one space."""
    decomposed = unicodedata.normalize("NFKD", APOSTROPHES.sub("", text).casefold().translate(WHOLE_LETTERS))
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return NOT_A_LETTER.sub(" ", letters).strip()


def words(text: str) -> tuple[str, ...]:
    """The folded words of `text`, in order."""
    return tuple(fold(text).split())
