"""The kinds of parts of a protocol other than rules, each described once: what is asked of it, what a list shows."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from plans.domain.parts import Kind
from plans.domain.protocol import AdviceMoment
from plans.forms.asked import BACKING, Group, Make, One, Stock, Words, choice, line, number, regions, yes
from plans.forms.fields import ConditionField
from plans.forms.parts import Part
from plans.forms.templates import TEMPLATES
from practice.models import Room
from practice.models.practitioners import COMPETENCE_NAMES

MOMENTS = {
    AdviceMoment.INTAKE.value: _("with the first advice"),
    AdviceMoment.DISCHARGE.value: _("at the end of treatment"),
    AdviceMoment.SAFETY_NET.value: _("safety net: when to make contact"),
}
WAYS = {
    "when": _("yes or no: a condition holds"),
    "band": _("the band in which a number falls"),
    "classify": _("the first condition that holds"),
    "minimum": _("the smallest of several numbers"),
    "maximum": _("the greatest of several numbers"),
    "difference": _("the difference between two numbers"),
    "first_known": _("the first one known of several findings"),
    "drawn": _("what a body chart shows"),
}


def _category(part: str) -> Make:
    """A group of techniques or exercises, by a code; those that are there already are named beside it."""

    def made(stock: Stock) -> forms.Field:
        known = sorted({one.category for one in getattr(stock.protocol, part).values()})
        return forms.CharField(
            label=_("Group"),
            max_length=80,
            widget=forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false", "autocapitalize": "off"}),
            help_text=_("A code. In use: %(codes)s") % {"codes": ", ".join(known)} if known else _("A code."),
        )

    return made


TECHNIQUES = Part(
    Kind.TECHNIQUE,
    "techniques",
    _("technique"),
    _("Techniques"),
    _("What a physiotherapist may do. Rules judge techniques, templates plan them."),
    (
        Group(_("What it is"), (Words("title", _("Title")), One("category", _category("techniques")))),
        Group(
            _("What is said about it"),
            (
                Words("plain", _("For the patient"), rows=4, help_text=_("In plain words.")),
                Words(
                    "help",
                    _("For the therapist"),
                    rows=4,
                    required=False,
                    help_text=_("What to know before choosing it."),
                ),
            ),
        ),
        Group(
            _("What it takes"),
            (
                One("competence", choice(_("Competence"), required=False), names=COMPETENCE_NAMES),
                One(
                    "room_kind",
                    choice(_("Kind of room"), required=False),
                    names=dict(Room._meta.get_field("kind").flatchoices),
                ),
                One(
                    "special_procedure",
                    yes(_("Restricted or special procedure"), help_text=_("Needs recorded consent.")),
                ),
                One("adjunct_only", yes(_("Only as an addition to exercise"))),
            ),
        ),
        BACKING,
    ),
    named_by="title",
    columns=((_("Group"), "category"), (_("Competence"), "competence"), (_("Special procedure"), "special_procedure")),
)

EXERCISES = Part(
    Kind.EXERCISE,
    "exercises",
    _("exercise"),
    _("Exercises"),
    _("What patients do in the session and at home, in words that they read themselves."),
    (
        Group(_("What it is"), (Words("title", _("Title")), One("category", _category("exercises")))),
        Group(
            _("What the patient reads"),
            (Words("instruction", _("Instruction"), rows=4), Words("dose", _("Dose"), rows=3)),
        ),
        BACKING,
    ),
    named_by="title",
    columns=((_("Group"), "category"), (_("Dose"), "dose")),
)

ADVICE = Part(
    Kind.ADVICE,
    "advice",
    _("advice text"),
    _("Advice texts"),
    _("What patients take home in writing, in plain words."),
    (
        Group(
            _("What the patient reads"),
            (
                Words("title", _("Title")),
                Words("text", _("Text"), rows=6),
                One("when_given", choice(_("When it is given")), names=MOMENTS),
            ),
        ),
        BACKING,
    ),
    named_by="title",
    columns=((_("When it is given"), "when_given"), (_("Text"), "text")),
)

DERIVED = Part(
    Kind.DERIVED,
    "derived",
    _("derived finding"),
    _("Derived findings"),
    _("Findings that only the rules need, drawn from answers and other findings."),
    (
        Group(
            _("What it is"),
            (
                Words("label", _("Name")),
                One("kind", choice(_("What it gives")), names=WAYS),
                One(
                    "when",
                    lambda _stock: ConditionField(
                        label=_("Condition"), rows=6, required=False, help_text=_("Of a finding that is yes or no.")
                    ),
                ),
            ),
        ),
        BACKING,
    ),
    named_by="label",
    columns=((_("What it gives"), "kind"), (_("Condition"), "when")),
    rest=_("From what it is drawn, for the other kinds"),
    samples=(
        (WAYS["band"], "of: code\nbands:\n  - {code: …, label: {nl: …, en: …}, below: …}\n  - {code: …, label: …}\n"),
        (WAYS["classify"], "rules:\n  - {code: …, label: {nl: …, en: …}, when: condition}\n"),
        (WAYS["minimum"], "of: [codes]\n"),
        (WAYS["difference"], "of: [code, code]\ntimes: [1, 1]\nround: none | down | nearest\n"),
    ),
)

SOURCES = Part(
    Kind.SOURCE,
    "sources",
    _("source"),
    _("Sources"),
    _("Where clinical statements come from. Rules, templates and the rest name a source by its code."),
    (
        Group(
            _("What it is"),
            (
                One("title", line(_("Title"), max_length=400)),
                One("year", number(_("Year"), 1800, 2100, required=False)),
                One(
                    "url",
                    lambda _stock: forms.URLField(
                        label=_("Address"),
                        required=False,
                        assume_scheme="https",
                        max_length=500,
                        widget=forms.URLInput(attrs={"class": "vTextField"}),
                    ),
                ),
                One("note", line(_("What was read, and what was not"), required=False, max_length=1000)),
            ),
        ),
    ),
    named_by="title",
    columns=((_("Year"), "year"),),
)

NAMES = Part(
    Kind.LABEL,
    "names",
    _("name of a flag or note"),
    _("Names"),
    _("What the red flags, notes and limits that rules conclude are called on the screens, by their codes."),
    (Group(_("What it is called"), (Words("name", _("Name")),)),),
    named_by="name",
)

HEAD = Part(
    Kind.PROTOCOL,
    "about",
    _("title and scope"),
    _("Title and scope"),
    _("What the protocol says of itself, and for which regions it is."),
    (
        Group(
            _("What it is"),
            (
                Words("title", _("Title")),
                Words("description", _("Description"), rows=4, required=False),
                Words("note", _("Note"), rows=4, required=False),
            ),
        ),
        Group(_("For whom"), (One("regions", regions),)),
    ),
    named_by="title",
)

PARTS: Mapping[str, Part] = {
    part.slug: part for part in (TEMPLATES, TECHNIQUES, EXERCISES, ADVICE, DERIVED, SOURCES, NAMES, HEAD)
}
SLUGS: Mapping[Kind, str] = {part.kind: slug for slug, part in PARTS.items()}
