"""Every write on the instruments of a questionnaire in the making: what they say, and the words of their questions.

Brought in whole, from a file or from another questionnaire, they meet the same checks as when they are written here. An
instrument takes the way of the questionnaire that it stands in: draft, review, publishing by a second person.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from intake.domain.editing import Entry
from intake.domain.instrument_editing import (
    head_of,
    instrument_in,
    question_in,
    with_instrument,
    with_instrument_added,
    with_question_in,
    without_instrument,
)
from intake.domain.questionnaire import Questionnaire
from intake.domain.reading import Problems, Reader, canonical
from intake.models import QuestionnaireVersion
from patients.policies import Refused
from plans.actions.making import ChangedMeanwhile, Unfit, locked_draft, part_hash
from plans.actions.questionnaires import composed, keep, with_sources_at_hand
from plans.domain.check import Flaw, Level
from plans.domain.measures import flaws_of_instrument
from plans.policies import (
    check_instrument_is_free,
    check_instrument_stays,
    check_remove_instrument,
    check_words_may_change,
)
from practice.models import Staff


def instrument_hash(instrument: Entry) -> str:
    """What tells whether what an instrument says of itself is still as it was when it was opened."""
    return part_hash(head_of(instrument))


@transaction.atomic
def save_instrument(
    *, version: QuestionnaireVersion, head: Mapping[str, Any], seen: str, by: Staff, now: dt.datetime
) -> None:
    """Change what an instrument of a draft says of itself and its scores; its questions stay as they are.

    `head` is the instrument without its questions and number, `seen` the `instrument_hash` when it was opened. Nothing
    is saved when this raises: `ChangedMeanwhile`; `Refused` when the draft cannot be changed, or when answers would
    give other scores; `Unfit` when it cannot be read, has bounds that scores leave, or a change without a source.
    """
    version = locked_draft(version)
    known = version.content["instruments"].get(head["code"])
    if known is None or instrument_hash(known) != seen:
        raise ChangedMeanwhile(head_of(known) if known else None)
    changed = {**head, "items": known["items"]}
    check_instrument_stays(known, changed)
    drawn = _drawn(version, changed, head["code"])
    keep(version, drawn, "instrument_changed", code=head["code"], by=by, now=now)


@transaction.atomic
def save_instrument_question(
    *, version: QuestionnaireVersion, instrument: str, question: Entry, seen: str, by: Staff, now: dt.datetime
) -> None:
    """Change the words of a question of an instrument, as far as its licence allows.

    `seen` is the `part_hash` of the question when it was opened. Raises `ChangedMeanwhile`, `Refused` and `Unfit`.
    """
    version = locked_draft(version)
    whole = instrument_in(version.content, instrument)
    known = question_in(whole, question["code"])
    if part_hash(known) != seen:
        raise ChangedMeanwhile(known)
    changed = with_question_in(whole, question)
    check_words_may_change(whole, changed)
    check_instrument_stays(whole, changed)
    drawn = _drawn(version, changed, question["code"])
    keep(version, drawn, "question_changed", code=question["code"], by=by, now=now)


@transaction.atomic
def replace_instrument(
    *, version: QuestionnaireVersion, code: str, content: object, seen: str, by: Staff, now: dt.datetime
) -> None:
    """Put the instrument of a file in the place of the one with this code in a draft.

    `content` is what the file holds, whatever that is; `seen` the `part_hash` of the instrument when it was opened.
    Nothing is saved when this raises: `ChangedMeanwhile`; `Refused` when the draft cannot be changed, when the file
    holds another instrument, when answers would give other scores or when official words would change; `Unfit` with
    every flaw when it cannot be read, names sources that are not known or does not fit where it is measured.
    """
    version = locked_draft(version)
    known = _as_seen(version, code, seen)
    instrument = _named(content)
    if instrument["code"] != code:
        named = {"other": instrument["code"], "code": code}
        raise Refused(_("This file holds the instrument %(other)s, not %(code)s.") % named)
    _put_in_place(version, known, instrument, "instrument_replaced", by=by, now=now)


@transaction.atomic
def add_instrument(*, version: QuestionnaireVersion, section: str, content: object, by: Staff, now: dt.datetime) -> str:
    """Add the instrument of a file to a section of instruments of a draft, as its last one; gives its code.

    Nothing is saved when this raises: `Refused` when the draft cannot be changed, when it holds the instrument
    already, or when a code of it has another meaning somewhere; `Unfit` as `replace_instrument` does.
    """
    version = locked_draft(version)
    instrument = _named(content)
    code: str = instrument["code"]
    if code in version.content["instruments"]:
        words = _("The instrument %(code)s stands in this questionnaire already. Bring the file in on its own page.")
        raise Refused(words % {"code": code})
    drawn = _fit(version, with_instrument_added(version.content, section, instrument, _elsewhere(version, code)), code)
    check_instrument_is_free(version, drawn, code)
    keep(version, drawn, "instrument_added", code=code, by=by, now=now)
    return code


@transaction.atomic
def take_over_instrument(
    *,
    version: QuestionnaireVersion,
    code: str,
    other: QuestionnaireVersion,
    seen: str,
    theirs: str,
    by: Staff,
    now: dt.datetime,
) -> None:
    """Put an instrument as it stands in `other`, a version of another questionnaire, in its place in a draft.

    `seen` and `theirs` are the `part_hash` of both when their difference was looked at. Raises `ChangedMeanwhile`,
    `Refused` and `Unfit` as `replace_instrument` does; also when `other` is neither in use nor in the making.
    """
    version = locked_draft(version)
    known = _as_seen(version, code, seen)
    found = other.content["instruments"].get(code)
    if other.code == version.code or other.status == "retired" or found is None or part_hash(found) != theirs:
        raise ChangedMeanwhile(known)
    _put_in_place(version, known, found, "instrument_copied", comment=str(other), by=by, now=now)


@transaction.atomic
def remove_instrument(*, version: QuestionnaireVersion, code: str, seen: str, by: Staff, now: dt.datetime) -> None:
    """Take an instrument that was added in this draft out again.

    Raises `Refused` when it was there before or something uses it, and `ChangedMeanwhile`.
    """
    version = locked_draft(version)
    _as_seen(version, code, seen)
    check_remove_instrument(version, code)
    drawn = composed(canonical(without_instrument(version.content, code)))
    keep(version, drawn, "instrument_removed", code=code, by=by, now=now)


def _as_seen(version: QuestionnaireVersion, code: str, seen: str) -> Entry:
    """An instrument of a locked draft, if it is as it was when it was opened. Raises `ChangedMeanwhile`."""
    known: Entry | None = version.content["instruments"].get(code)
    if known is None or part_hash(known) != seen:
        raise ChangedMeanwhile(known)
    return known


def _named(content: object) -> dict[str, Any]:
    """What a file holds, if that has the code of an instrument. Raises `Unfit`."""
    problems = Problems()
    Reader(content, "instrument", problems).code()
    if problems.found:
        raise Unfit(tuple(Flaw(Level.BLOCK, one.path, one.message) for one in problems.found))
    return dict(canonical(content))


def _put_in_place(
    version: QuestionnaireVersion,
    known: Entry,
    instrument: Entry,
    what: str,
    *,
    by: Staff,
    now: dt.datetime,
    comment: str = "",
) -> None:
    """Store an instrument that comes from elsewhere in the place of the known one."""
    drawn = _drawn(version, instrument)
    check_instrument_stays(known, instrument)
    check_words_may_change(known, instrument)
    keep(version, drawn, what, code=known["code"], comment=comment, by=by, now=now)


def _drawn(version: QuestionnaireVersion, instrument: Mapping[str, Any], part: str = "") -> Questionnaire:
    """The questionnaire with a changed instrument, under a number that says nothing else anywhere.

    Raises `Unfit`, with the keys that are wrong of the `part` that was written.
    """
    code = instrument["code"]
    return _fit(version, with_instrument(version.content, canonical(instrument), _elsewhere(version, code)), code, part)


def _fit(version: QuestionnaireVersion, content: Mapping[str, Any], code: str, part: str = "") -> Questionnaire:
    """The questionnaire of this content, if it can be read and its instrument `code` can be used. Raises `Unfit`."""
    drawn = composed(canonical(with_sources_at_hand(content, version)), part)
    if flaws := flaws_of_instrument(drawn.instrument(code)):
        raise Unfit(flaws)
    return drawn


def _elsewhere(version: QuestionnaireVersion, code: str) -> list[Entry]:
    """The instrument in every other version of a questionnaire; whoever numbers one waits for whoever does so now."""
    list(QuestionnaireVersion.objects.published().select_for_update().values_list("pk"))
    return [one for one in QuestionnaireVersion.objects.exclude(pk=version.pk).instruments() if one["code"] == code]
