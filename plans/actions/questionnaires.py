"""Every write on questionnaires in the making: drafts, their questions, review and publishing.

They stand in this app, since what protocols use of a questionnaire decides what may change in it.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from intake.domain.composing import compose
from intake.domain.editing import (
    PlacedQuestion,
    UnknownPartError,
    numbered,
    placed_question,
    with_question,
    with_sections_whole,
    without_question,
)
from intake.domain.instrument_editing import with_free_numbers
from intake.domain.questionnaire import Questionnaire
from intake.domain.reading import ContentError, Problem, canonical
from intake.models import QuestionnaireVersion
from plans.actions.making import (
    ChangedMeanwhile,
    Unfit,
    give_back,
    hand_in,
    in_use,
    locked,
    locked_draft,
    next_number,
    part_hash,
    put_in_use,
    set_aside,
    write_step,
)
from plans.domain.check import Flaw, Level
from plans.domain.guards import lowered
from plans.models import ProtocolVersion
from plans.policies import (
    check_code_is_free,
    check_meaning_stays,
    check_meanings_stay,
    check_publish_questions,
    check_remove_question,
    check_sound,
    check_version_life,
    flaws_of_letting_go,
    flaws_of_question,
    questions_readiness,
    users_of,
)
from practice.models import Staff


@transaction.atomic
def draft_questionnaire(*, of: QuestionnaireVersion, by: Staff, now: dt.datetime) -> QuestionnaireVersion:
    """A draft of this version, with the next number, to change."""
    drawn = compose(with_sections_whole(numbered(of.content, next_number(of))))
    return _add_draft(drawn, "drafted", based_on=in_use(of) or of, by=by, now=now)


@transaction.atomic
def import_questionnaire(*, content: Mapping[str, Any], by: Staff, now: dt.datetime) -> QuestionnaireVersion:
    """A draft from the content of a file. A version that exists is never altered: the draft gets the next number.

    Raises `Unfit` when the content cannot be read, and `Refused` when answers that are kept under one of its codes
    would mean something else.
    """
    others = list(QuestionnaireVersion.objects.published())
    elsewhere = {code for one in others for code in one.questionnaire.terms.keys() | one.questionnaire.items.keys()}
    read = composed({**content, "elsewhere": sorted(elsewhere)})
    check_meanings_stay(read)
    known = QuestionnaireVersion.objects.instruments()
    versions = QuestionnaireVersion.objects.filter(code=read.code)
    highest: int | None = versions.aggregate(Max("version"))["version__max"]
    drawn = compose(with_sections_whole(numbered(with_free_numbers(read.content, known), (highest or 0) + 1)))
    published = versions.filter(status="published").first()
    return _add_draft(drawn, "imported", based_on=published, origin=read.hash, by=by, now=now)


def _add_draft(
    drawn: Questionnaire,
    what: str,
    *,
    based_on: QuestionnaireVersion | None,
    by: Staff,
    now: dt.datetime,
    origin: str = "",
) -> QuestionnaireVersion:
    draft = QuestionnaireVersion(origin_hash=origin, status="draft", loaded_at=now, based_on=based_on, drafted_by=by)
    draft.hold(drawn)
    draft.save()
    write_step(draft, what, by=by, now=now)
    return draft


def question_hash(placed: PlacedQuestion | None) -> str:
    """What tells whether a question and its place are still as they were when it was opened; empty for a new one."""
    return part_hash(told(placed)) if placed else ""


def told(placed: PlacedQuestion) -> dict[str, Any]:
    """A question with its place, as one part of the content."""
    return {**placed.content, "after": placed.after}


@transaction.atomic
def save_question(
    *,
    version: QuestionnaireVersion,
    placed: PlacedQuestion,
    seen: str,
    by: Staff,
    now: dt.datetime,
    reason: str = "",
) -> None:
    """Add a question to a draft, or change or move it; one in an instrument is not changed here.

    `seen` is the `question_hash` when it was opened, empty for a new question. Nothing is saved when this raises:
    `ChangedMeanwhile`; `Refused` when the draft cannot be changed, or when the answers kept under the code would mean
    something else; `Unfit` when it cannot be read, has a condition that can never hold or no source where one is due,
    or when it is no red flag or not required any more without a `reason`, or while rules raise a red flag on it.
    """
    version = locked_draft(version)
    code = placed.content["code"]
    known = question_now(version, code)
    if not seen:
        check_code_is_free(version, placed.content)
    elif known is None or question_hash(known) != seen:
        raise ChangedMeanwhile(told(known) if known else None)
    else:
        check_meaning_stays(known.content, placed.content)
    try:
        content = canonical(with_sources_at_hand(with_question(version.content, placed), version))
    except UnknownPartError as gone:
        raise ChangedMeanwhile(told(known) if known else None) from gone
    drawn = composed(content, code)
    before = known.content if known else {}
    flaws = (*flaws_of_question(drawn, code), *flaws_of_letting_go(drawn, before, placed.content, reason))
    if flaws:
        raise Unfit(flaws)
    what = "question_changed" if known else "question_added"
    let_go = lowered(before, placed.content)
    comment = reason.strip() if let_go else ""
    keep(version, drawn, "mark_taken_away" if let_go else what, code=code, comment=comment, by=by, now=now)


def sources_at_hand(version: QuestionnaireVersion) -> dict[str, Any]:
    """Every source that a question may name, by key: of the questionnaires and protocols that are not retired."""
    found: dict[str, Any] = {}
    for one in ProtocolVersion.objects.exclude(status="retired").defer("content"):
        found |= one.protocol.sources
    for other in QuestionnaireVersion.objects.published():
        found |= other.questionnaire.sources
    return found | version.content["sources"]


def with_sources_at_hand(content: Mapping[str, Any], version: QuestionnaireVersion) -> dict[str, Any]:
    """The content with every source that it may name; composing it keeps those that it does name."""
    return {**content, "sources": sources_at_hand(version)}


def question_now(version: QuestionnaireVersion, code: str) -> PlacedQuestion | None:
    """A question outside the instruments as it is now; None when there is none with this code."""
    try:
        return placed_question(version.content, code)
    except UnknownPartError:
        return None


def composed(content: Mapping[str, Any], code: str = "") -> Questionnaire:
    """The questionnaire, if the content can be read.

    Raises `Unfit`, with the keys that are wrong of the part with this `code`. Without one, as for content that comes
    from elsewhere, nothing is known of its shape.
    """
    try:
        return compose(content)
    except ContentError as error:
        raise Unfit(tuple(_flaw(problem, content, code) for problem in error.problems)) from error


def _flaw(problem: Problem, content: Mapping[str, Any], code: str) -> Flaw:
    """A problem as a flaw; of the question or instrument itself, with the key that it is about."""
    for path in _paths(content, code) if code else ():
        if (problem.path + ".").startswith((f"{path}.", f"{path}[")):
            return Flaw(Level.BLOCK, problem.path, problem.message, problem.path.removeprefix(path)[1:] or "code")
    return Flaw(Level.BLOCK, problem.path, problem.message)


def _paths(content: Mapping[str, Any], code: str) -> Iterator[str]:
    """Where problems of the question or instrument with this code are told."""
    for name, section in content["items"].items():
        yield from _paths_in(f"items.{name}", section, code)
    for name, instrument in content["instruments"].items():
        yield from _paths_in(f"instruments.{name}", instrument, code)
    if code in content["instruments"]:
        yield f"instruments.{code}"


def _paths_in(path: str, part: Mapping[str, Any], code: str) -> Iterator[str]:
    for position, item in enumerate(part["items"]):
        if item["code"] == code:
            yield from (f"{path}.items[{position}]", f"{path}.{code}")


@transaction.atomic
def remove_question(*, version: QuestionnaireVersion, code: str, seen: str, by: Staff, now: dt.datetime) -> None:
    """Take a question out of a draft: its earlier answers stay where they were given.

    Raises `Refused` when something uses it, and `ChangedMeanwhile` when it is not as it was when it was opened.
    """
    version = locked_draft(version)
    known = question_now(version, code)
    if known is None or question_hash(known) != seen:
        raise ChangedMeanwhile(told(known) if known else None)
    check_remove_question(users_of(code, version))
    drawn = composed(canonical(without_question(version.content, code)), code)
    keep(version, drawn, "question_removed", code=code, by=by, now=now)


def keep(
    version: QuestionnaireVersion,
    drawn: Questionnaire,
    what: str,
    *,
    code: str,
    by: Staff,
    now: dt.datetime,
    comment: str = "",
) -> None:
    """Store the changed content of a draft, and what changed; nothing where it is as it was."""
    if drawn.hash == version.content_hash:
        return
    version.hold(drawn)
    version.edits += 1
    version.save(update_fields=["content", "content_hash", "edits"])
    write_step(version, what, code=code, comment=comment, by=by, now=now)


@transaction.atomic
def submit_questionnaire(*, version: QuestionnaireVersion, by: Staff, now: dt.datetime) -> None:
    """Hand a draft to a second person. Raises `Refused` while something blocks it."""
    version = locked(version)
    check_version_life(version, "in_review")
    check_sound(questions_readiness(version))
    hand_in(version, by=by, now=now)


@transaction.atomic
def return_questionnaire(*, version: QuestionnaireVersion, comment: str, by: Staff, now: dt.datetime) -> None:
    """Give a submitted draft back, with what should be otherwise."""
    give_back(version, comment=comment, by=by, now=now)


@transaction.atomic
def set_aside_questionnaire(*, version: QuestionnaireVersion, by: Staff, now: dt.datetime) -> None:
    """Do away with a draft; it stays readable."""
    set_aside(version, by=by, now=now)


@transaction.atomic
def publish_questionnaire_draft(*, version: QuestionnaireVersion, by: Staff, now: dt.datetime) -> None:
    """Put a submitted draft in use, by a second person; the version in use until now retires.

    Intakes that were started keep the version they were started with. Raises `Refused`.
    """
    version = locked(version)
    check_publish_questions(version, by, questions_readiness(version))
    put_in_use(version, by=by, now=now)
