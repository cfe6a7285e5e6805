"""Every write on the instruments of a questionnaire in the making: what they say, and the words of their questions.

An instrument takes the way of the questionnaire that it stands in: draft, review, publishing by a second person.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from intake.domain.editing import Entry
from intake.domain.instrument_editing import head_of, instrument_in, question_in, with_instrument, with_question_in
from intake.domain.reading import canonical
from intake.models import QuestionnaireVersion
from plans.actions.making import ChangedMeanwhile, Unfit, locked_draft, part_hash
from plans.actions.questionnaires import composed, keep, with_sources_at_hand
from plans.domain.measures import flaws_of_instrument
from plans.policies import check_instrument_stays, check_words_may_change
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
    _keep(version, changed, "instrument_changed", code=head["code"], by=by, now=now)


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
    _keep(version, changed, "question_changed", code=question["code"], by=by, now=now)


def _keep(
    version: QuestionnaireVersion, instrument: Mapping[str, Any], what: str, *, code: str, by: Staff, now: dt.datetime
) -> None:
    """Store a changed instrument under a number that says nothing else anywhere. Raises `Unfit`."""
    others = _elsewhere(version, instrument["code"])
    content = with_instrument(version.content, canonical(instrument), others)
    drawn = composed(canonical(with_sources_at_hand(content, version)), code)
    if flaws := flaws_of_instrument(drawn.instrument(instrument["code"])):
        raise Unfit(flaws)
    if drawn.hash != version.content_hash:
        keep(version, drawn, what, code=code, by=by, now=now)


def _elsewhere(version: QuestionnaireVersion, code: str) -> list[Entry]:
    """The instrument in every other version of a questionnaire; whoever numbers one waits for whoever does so now."""
    list(QuestionnaireVersion.objects.published().select_for_update().values_list("pk"))
    return [one for one in QuestionnaireVersion.objects.exclude(pk=version.pk).instruments() if one["code"] == code]
