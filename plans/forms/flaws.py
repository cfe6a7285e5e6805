"""What the domain finds wrong in a protocol or questionnaire, in the reader's language, with what to do about it."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# What the domain says is wrong, as patterns, with what to do about it.
WRONG = [
    (r"at position (?P<at>\d+): expected (?P<expected>.+), found (?P<found>.+)",
     gettext_noop("At character %(at)s the condition cannot be read: expected %(expected)s, found %(found)s.")),
    (r"at position (?P<at>\d+): (?P<what>'.+') means nothing here; .+",
     gettext_noop("At character %(at)s: %(what)s means nothing here. Codes are in small letters.")),
    (r"at position (?P<at>\d+): at least (?P<n>\d+) of (?P<m>\d+) makes no sense",
     gettext_noop("At character %(at)s: at least %(n)s of %(m)s makes no sense. Change the number or the list.")),
    (r"at position (?P<at>\d+): between goes .+",
     gettext_noop("At character %(at)s: between goes from the lower to the higher number.")),
    (r"at position (?P<at>\d+): nested .+",
     gettext_noop("At character %(at)s there are too many brackets within brackets. Make two rules of it.")),
    (r"'(?P<code>.+)' is not the code of any question or finding",
     gettext_noop("'%(code)s' is no code of a question or finding. Look it up in the list of codes.")),
    (r"'(?P<test>.+)' tests a (?P<wanted>\w+), but '(?P<code>.+)' is a (?P<kind>\w+)",
     gettext_noop("'%(test)s' tests a %(wanted)s, but %(code)s is a %(kind)s. See the list of codes.")),
    (r"'(?P<choice>.+)' is not a choice of '(?P<code>.+)' \((?P<choices>.+)\)",
     gettext_noop("'%(choice)s' is no choice of %(code)s. Choose from: %(choices)s.")),
    (r"can never hold",
     gettext_noop("This condition can never hold: its parts exclude each other. Change or leave out one of them.")),
    (r"rests on the absence of a red flag",
     gettext_noop("This red flag rests on the absence of another one, so one more yes could lower the urgency. "
                  "Leave the denied part out, or make two rules of it.")),
    (r"is a red flag in (?P<rules>.+)",
     gettext_noop("This stays a red flag: rules of the protocol in use raise a red flag on it (%(rules)s).")),
    (r"does not say why a mark is taken away",
     gettext_noop("Say why: a second person and whoever looks back later read it.")),
    (r"has no source", gettext_noop("This needs a source. Choose one from the list of sources.")),
    (r"does not say how well it is supported", gettext_noop("This does not say how well it is supported.")),
    (r"source '(?P<key>.+)' is not in the list of sources",
     gettext_noop("'%(key)s' is not in the list of sources. Choose one from the list.")),
    (r"examples\[(?P<position>\d+)\] does not come out as (?P<expect>\w+)",
     gettext_noop("Example %(position)s does not come out as %(expect)s (counted from 0). "
                  "Change the condition, or the example.")),
    (r"has no example of kind (?P<kind>\w+)", gettext_noop("There is no example of the kind %(kind)s.")),
    (r"says the same as (?P<rule>\w+)",
     gettext_noop("This says the same as the rule %(rule)s. Retire one of the two.")),
    (r"there is no (?P<kind>\w+) '(?P<code>.+)'", gettext_noop("There is no %(kind)s %(code)s in this protocol.")),
    (r"its phases do not last (?P<weeks>\d+) weeks together",
     gettext_noop("The phases do not last %(weeks)s weeks together. Change the weeks, or those of a phase.")),
    (r"a course lasts (?P<low>\d+) to (?P<high>\d+) weeks, not (?P<weeks>\d+)",
     gettext_noop("A course lasts %(low)s to %(high)s weeks, not %(weeks)s.")),
    (r"self-management has at most (?P<most>\d+) sessions, not (?P<sessions>\d+)",
     gettext_noop("Self-management has at most %(most)s sessions, not %(sessions)s.")),
    (r"is drawn from itself: (?P<circle>.+)",
     gettext_noop("This is drawn from itself: %(circle)s. Leave one of them out.")),
    (r"'(?P<code>.+)' is a (?P<kind>\w+), not a number",
     gettext_noop("%(code)s is a %(kind)s, not a number. See the list of codes.")),
    (r"bands must rise, .+", gettext_noop("The bands must rise, and only the last one has no bound.")),
    (r"a band has 'below' or 'up_to', not both", gettext_noop("A band has 'below' or 'up_to', not both.")),
    (r"a difference is between two findings, .+", gettext_noop("A difference is between two findings.")),
    (r"'(?P<code>.+)' is not an item of this instrument",
     gettext_noop("%(code)s is no question of this instrument.")),
    (r"'(?P<code>.+)' is not a score of this instrument", gettext_noop("%(code)s is no score of this instrument.")),
    (r"'(?P<code>.+)' has answers without points",
     gettext_noop("Not every answer to %(code)s is worth points, so it cannot be part of a score.")),
    (r"expected (?:the points per answer of an item of this instrument|an answer of the item with .+)",
     gettext_noop("Expected answers to a question of this instrument, each with its points.")),
    (r"is needed for the method sum_scaled", gettext_noop("Say to how much the most that is possible is scaled.")),
    (r"'(?P<code>.+)' does not begin with '(?P<start>.+)'",
     gettext_noop("%(code)s must begin with %(start)s: the code of the instrument.")),
    (r"'(?P<code>.+)' is not for region '.+'",
     gettext_noop("The instrument %(code)s is not for the region of this questionnaire.")),
    (r"a scale has (?P<most>\d+) steps at most", gettext_noop("A scale has %(most)s steps at most.")),
    (r"is missing", gettext_noop("This is missing.")),
    (r"is not a key that can stand here", gettext_noop("This key cannot stand here.")),
    (r"expected (?P<wanted>.+), found (?P<found>.+)", gettext_noop("Expected %(wanted)s, found %(found)s.")),
    (r"'(?P<value>.+)' is not one of (?P<choices>.+)", gettext_noop("'%(value)s' is not one of %(choices)s.")),
    (r"'(?P<code>.+)' is already defined at (?!rules)(?P<where>.+)",
     gettext_noop("There is a question or finding %(code)s already. Choose another code.")),
    (r"'(?P<code>.+)' is known without being asked and cannot be defined",
     gettext_noop("%(code)s is known without being asked. Choose another code.")),
    (r"has no meaning for an item of kind (?P<kind>\w+)",
     gettext_noop("This has no meaning for an answer of this kind. Leave it empty.")),
    (r"must be less than the maximum", gettext_noop("The lowest must be less than the highest.")),
    (r"must be more than 0", gettext_noop("This must be more than 0.")),
    (r"the score can be as low as (?P<number>\S+)",
     gettext_noop("The score can be as low as %(number)s, so it would fall outside.")),
    (r"the score can be as high as (?P<number>\S+)",
     gettext_noop("The score can be as high as %(number)s, so it would fall outside.")),
    (r"the score can change by (?P<number>\S+) at most",
     gettext_noop("The score can change by %(number)s at most, so this would never be reached.")),
    (r"'(?P<code>.+)' stands here twice", gettext_noop("The choice %(code)s stands here twice.")),
    (r"'(?P<code>.+)' is already defined at (?P<where>.+)",
     gettext_noop("There is a rule %(code)s already. Give this one another code.")),
    (r"'(?P<code>.+)' is not a code: .+",
     gettext_noop("'%(code)s' is not a code: small letters, digits and _, beginning with a letter.")),
    (r"'(?P<code>.+)' is a word of the condition language .+",
     gettext_noop("'%(code)s' is a word of the condition language and cannot be a code.")),
]  # fmt: skip


# What the readers of conditions and of content expect at a place or find there, as they say so.
EXPECTED = (
    gettext_noop("'and', 'or' or the end"),
    gettext_noop("a code, 'not', 'any of', 'all of', 'at least' or '('"),
    gettext_noop("'and', 'or' or ')'"),
    gettext_noop("a whole number"),
    gettext_noop("a number"),
    gettext_noop("a code"),
    gettext_noop("a choice"),
    gettext_noop("'(' or '['"),
    gettext_noop("',' or ')'"),
    gettext_noop("a choice (for yes and no write 'is no' or 'is yes')"),
    gettext_noop("yes, no, not or a choice (compare numbers with =)"),
    gettext_noop("a choice or 'any of'"),
    gettext_noop("a test (is, in, includes, between, <, <=, >, >=, =)"),
    gettext_noop("the end"),
    gettext_noop("keys with values"),
    gettext_noop("keys"),
    gettext_noop("a list"),
    gettext_noop("text"),
    gettext_noop("true or false"),
    gettext_noop("nothing"),
)


def in_words(message: str) -> str:
    """What the domain found wrong, in the reader's language; a flaw of a whole protocol begins with its rule."""
    rule, _colon, rest = message.partition(": ")
    own = _said(message)
    return own or (f"{rule}: {_said(rest) or rest}" if rest and re.fullmatch(r"\w+", rule) else message)


def _said(message: str) -> str:
    for pattern, words in WRONG:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return _(words) % {name: _(said) if said in EXPECTED else said for name, said in found.groupdict().items()}
    return ""
