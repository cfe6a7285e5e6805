"""Every write on protocols in the making: drafts, their rules and other parts, review, publishing, and test cases."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from intake.domain.items import ItemKind
from intake.domain.questionnaire import Questionnaire
from intake.domain.reading import ContentError, canonical
from intake.models import Intake, QuestionnaireVersion
from patients.policies import Refused
from plans.actions.making import (
    ChangedMeanwhile,
    Content,
    Unfit,
    give_back,
    hand_in,
    locked,
    locked_draft,
    part_hash,
    put_in_use,
    set_aside,
    write_step,
)
from plans.domain.check import Flaw, Level, blocking, check
from plans.domain.editing import PlacedRule, UnknownPartError, placed_rule, renumbered
from plans.domain.editing import with_rule as content_with_rule
from plans.domain.editing import without_rule as content_without_rule
from plans.domain.expectation import Expectation, can_be_read, expectation_of
from plans.domain.parts import Entry, Kind, entries, place, references, versioned, with_entry, without_entry
from plans.domain.protocol import Protocol, compose
from plans.models import ProtocolCase, ProtocolVersion
from plans.models.cases import CASE_PARTS
from plans.policies import (
    Readiness,
    check_case,
    check_publish_draft,
    check_submit,
    readiness_of,
)
from practice import audit
from practice.models import Staff

LONG_AGO = 90  # years: an age above it could tell who somebody is


@transaction.atomic
def draft_protocol(*, of: ProtocolVersion, by: Staff, now: dt.datetime) -> ProtocolVersion:
    """A draft of this version, with the next number, to change."""
    protocol = renumbered(of.protocol, _next_number(of.code))
    draft = _add_draft(protocol, based_on=_in_use(of.code) or of, origin_hash="", by=by, now=now)
    write_step(draft, "drafted", by=by, now=now)
    return draft


@transaction.atomic
def import_protocol(*, content: Content, cases: Iterable[object] = (), by: Staff, now: dt.datetime) -> ProtocolVersion:
    """A draft from the content of a file. A version that exists is never altered: the draft gets the next number.

    The test cases of the file are added, as `add_cases` does. Raises `Unfit` when the content cannot be read, `Refused`
    when a case cannot.
    """
    protocol = _composed(content)
    numbered_protocol = renumbered(protocol, _next_number(protocol.code))
    draft = _add_draft(numbered_protocol, based_on=_in_use(protocol.code), origin_hash=protocol.hash, by=by, now=now)
    write_step(draft, "imported", by=by, now=now)
    add_cases(protocol=draft.code, cases=cases, by=by, now=now)
    return draft


def _next_number(code: str) -> int:
    highest = ProtocolVersion.objects.filter(code=code).aggregate(Max("version"))["version__max"]
    return (highest or 0) + 1


def _in_use(code: str) -> ProtocolVersion | None:
    return ProtocolVersion.objects.filter(code=code, status="published").first()


def _add_draft(
    protocol: Protocol, *, based_on: ProtocolVersion | None, origin_hash: str, by: Staff | None, now: dt.datetime
) -> ProtocolVersion:
    draft = ProtocolVersion(
        status="draft",
        valid_from=localtime(now).date(),
        loaded_at=now,
        based_on=based_on,
        origin_hash=origin_hash,
        drafted_by=by,
    )
    draft.hold(protocol)
    draft.save()
    return draft


def _composed(content: Content) -> Protocol:
    """The protocol, if the content can be read. Raises `Unfit`."""
    try:
        return compose(content)
    except ContentError as error:
        flaws = (Flaw(Level.BLOCK, problem.path, problem.message) for problem in error.problems)
        raise Unfit(tuple(flaws)) from error


@transaction.atomic
def save_rule(
    *, version: ProtocolVersion, placed: PlacedRule, seen: str, by: Staff, now: dt.datetime
) -> tuple[Flaw, ...]:
    """Add a rule to a draft, or change it; gives back the warnings about it.

    `seen` is the `part_hash` of the rule when it was opened. Raises `ChangedMeanwhile`, or `Unfit` when something about
    the rule would block publishing: then nothing is saved.
    """
    version = locked_draft(version)
    code = placed.content["code"]
    known = _rule_now(version, code)
    if part_hash(known) != seen:
        raise ChangedMeanwhile(known)
    content = canonical(content_with_rule(version.content, placed))
    path = _path_of(content, code)
    protocol = _composed_around(content, path)
    flaws = tuple(flaw for flaw in check(protocol, questionnaires()) if flaw.path == path)
    if blocking(flaws):
        raise Unfit(blocking(flaws))
    if canonical(placed.content) != known:
        what = "rule_changed" if known is not None else "rule_added"
        _keep(version, protocol, what, code=code, by=by, now=now)
    return flaws


def _rule_now(version: ProtocolVersion, code: str) -> Content | None:
    try:
        return placed_rule(version.content, code).content
    except UnknownPartError:
        return None


def _composed_around(content: Content, path: str) -> Protocol:
    """The protocol, if the content can be read. Raises `Unfit`, whose flaws name the keys of the part at `path`."""
    try:
        return _composed(content)
    except Unfit as unfit:
        flaws = (Flaw(flaw.level, flaw.path, flaw.message, _part(flaw.path, path)) for flaw in unfit.flaws)
        raise Unfit(tuple(flaws)) from unfit


def _path_of(content: Content, code: str) -> str:
    """Where a rule stands in the content."""
    group = placed_rule(content, code).group
    position = [rule["code"] for rule in content["rules"][group]["rules"]].index(code)
    return f"rules.{group}.rules[{position}]"


def _part(path: str, whole: str) -> str:
    """The key of the part at `whole` that this path is about; empty when it is about something else."""
    return path.removeprefix(f"{whole}.").split(".")[0].split("[")[0] if path.startswith(f"{whole}.") else ""


def questionnaires() -> list[Questionnaire]:
    """The questionnaires in use, that rules are held against."""
    return [version.questionnaire for version in QuestionnaireVersion.objects.published()]


@transaction.atomic
def retire_rule(*, version: ProtocolVersion, code: str, seen: str, by: Staff, now: dt.datetime) -> None:
    """Take a rule out of a draft. Raises `ChangedMeanwhile` when it is not as it was when it was opened."""
    version = locked_draft(version)
    known = _rule_now(version, code)
    if known is None or part_hash(known) != seen:
        raise ChangedMeanwhile(known)
    protocol = compose(content_without_rule(version.content, code))
    _keep(version, protocol, "rule_retired", code=code, by=by, now=now)


@transaction.atomic
def save_part(
    *, version: ProtocolVersion, kind: Kind, code: str, entry: Entry, seen: str, by: Staff, now: dt.datetime
) -> tuple[Flaw, ...]:
    """Add a part other than a rule to a draft, or change it; gives back what it makes block elsewhere in the draft.

    `seen`, `ChangedMeanwhile` and `Unfit` are as for a rule. A template gets its version here.
    """
    version = locked_draft(version)
    known = entries(version.content, kind).get(code)
    if part_hash(known) != seen:
        raise ChangedMeanwhile(known)
    if kind is Kind.TEMPLATE:
        base = version.based_on.content if version.based_on else version.content
        entry = versioned(entry, entries(base, kind).get(code))
    content = with_entry(version.content, kind, code, canonical(entry))
    path = place(content, kind, code)
    protocol = _composed_around(content, path)
    blocks = blocking(check(protocol, questionnaires()))
    if own := tuple(flaw for flaw in blocks if flaw.path == path):
        raise Unfit(own)
    if entries(content, kind)[code] == known:
        return ()
    new = set(blocks) - set(check(version.protocol, questionnaires())) if blocks else set()
    what = "changed" if known is not None else "added"
    _keep(version, protocol, f"{kind.value}_{what}", code=code, by=by, now=now)
    return tuple(flaw for flaw in blocks if flaw in new)


@transaction.atomic
def remove_part(*, version: ProtocolVersion, kind: Kind, code: str, seen: str, by: Staff, now: dt.datetime) -> None:
    """Take a part other than a rule out of a draft.

    Raises `ChangedMeanwhile` when it is not as it was when it was opened, `Refused` while something in the draft refers
    to it.
    """
    version = locked_draft(version)
    known = entries(version.content, kind).get(code)
    if known is None or part_hash(known) != seen:
        raise ChangedMeanwhile(known)
    if references(version.protocol).get((kind, code)):
        raise Refused(_("This cannot be removed while other parts of the draft refer to it."))
    protocol = compose(without_entry(version.content, kind, code))
    _keep(version, protocol, f"{kind.value}_removed", code=code, by=by, now=now)


def _keep(version: ProtocolVersion, protocol: Protocol, what: str, *, code: str, by: Staff, now: dt.datetime) -> None:
    """Store what a draft was changed to."""
    version.hold(protocol)
    version.edits += 1
    version.save(update_fields=["content", "content_hash", "title", "regions", "edits"])
    write_step(version, what, code=code, by=by, now=now)


@transaction.atomic
def submit_protocol(*, version: ProtocolVersion, by: Staff, now: dt.datetime) -> None:
    """Hand a draft to a second person. Raises `Refused` while something blocks it."""
    version = locked(version)
    check_submit(version, readiness(version))
    hand_in(version, by=by, now=now)


@transaction.atomic
def return_protocol(*, version: ProtocolVersion, comment: str, by: Staff, now: dt.datetime) -> None:
    """Give a submitted draft back, with what should be otherwise."""
    give_back(version, comment=comment, by=by, now=now)


@transaction.atomic
def set_aside_draft(*, version: ProtocolVersion, by: Staff, now: dt.datetime) -> None:
    """Do away with a draft; it stays readable."""
    set_aside(version, by=by, now=now)


@transaction.atomic
def publish_draft(*, version: ProtocolVersion, by: Staff, now: dt.datetime) -> None:
    """Put a submitted draft in use, by a second person; the version in use until now retires.

    What was adopted and suggested stays with the version it was drawn from. Whoever submitted it and whoever publishes
    it have signed it. Raises `Refused`.
    """
    version = locked(version)
    check_publish_draft(version, by, readiness(version))
    signed = {"signed_by_first": version.submitted_by, "signed_by_second": by}
    put_in_use(version, by=by, now=now, valid_from=localtime(now).date(), **signed)


def readiness(version: ProtocolVersion) -> Readiness:
    """What stands in the way of publishing a version, worked out now."""
    return readiness_of(version, check(version.protocol, questionnaires()), questionnaires())


@transaction.atomic
def save_case(*, case: ProtocolCase, expected: Expectation, seen: int, by: Staff, now: dt.datetime) -> ProtocolCase:
    """Add a test case, or change it. `seen` is how often it had been changed when it was opened.

    Raises `ChangedMeanwhile`, or `Refused` when it expects nothing or its answers cannot be given.
    """
    check_case(case, expected, questionnaires())
    if case.pk is not None:
        kept = ProtocolCase.objects.select_for_update().get(pk=case.pk)
        if kept.edits != seen:
            raise ChangedMeanwhile({"title": kept.title, "answers": kept.answers, "expects": kept.expects})
        case.edits, case.changed_by, case.changed_at = seen + 1, by, now
    else:
        case.made_by, case.made_at = by, now
    case.expects = expected.to_json()
    case.save()
    _log(case, "protocol_case_saved", by=by, now=now)
    return case


@transaction.atomic
def case_of_intake(
    *,
    intake: Intake,
    protocol: ProtocolVersion,
    title: str,
    expected: Expectation,
    why: str,
    by: Staff,
    now: dt.datetime,
    title_en: str = "",
) -> ProtocolCase:
    """A test case of a completed intake, of nobody in particular: no name, no date, nothing that was written freely."""
    if not intake.is_completed:
        raise Refused(_("Only a completed intake can become a test case."))
    context = intake.context()
    case = ProtocolCase(
        protocol=protocol.code,
        title=title,
        title_en=title_en,
        questionnaire=intake.questionnaire.code,
        age=None if context.age is None else min(context.age, LONG_AGO),
        sex=context.sex or "",
        route=context.route or "",
        answers=without_identity(intake),
        why=why,
    )
    return save_case(case=case, expected=expected, seen=0, by=by, now=now)


def without_identity(intake: Intake) -> dict[str, Any]:
    """The answers of an intake by code, without anything that was written freely."""
    free = {ItemKind.TEXT, ItemKind.LONG_TEXT}
    items = intake.questionnaire.items
    return {code: value for code, value in intake.answers().items() if code in items and items[code].kind not in free}


@transaction.atomic
def add_cases(*, protocol: str, cases: Iterable[object], by: Staff | None, now: dt.datetime) -> int:
    """Add the test cases of a file that the practice never had, told by their titles; gives how many.

    A case that was changed stays as it is, one that was retired does not come back. `by` is None for what is shipped:
    of that, a case that cannot be held against what the practice asks now is left for a later time. Else raises
    `Refused` with the case that is no case, or that cannot be held against what is asked now.
    """
    known = set(ProtocolCase.objects.filter(protocol=protocol).values_list("title", flat=True))
    asked, number = questionnaires(), 0
    for content in cases:
        case = _case_of(protocol, content)
        if by is None and case.title in known:
            _name_in_english(case)
        if case.title in known or (by is None and not _can_be_held(case, asked)):
            continue
        _check_case_of_file(case, asked)
        case.made_by, case.made_at = by, now
        case.save()
        if by:
            _log(case, "protocol_case_saved", by=by, now=now)
        known.add(case.title)
        number += 1
    return number


def _name_in_english(case: ProtocolCase) -> None:
    """Give a shipped case that nobody changed its English title, where it came without one."""
    same = ProtocolCase.objects.filter(protocol=case.protocol, title=case.title, title_en="")
    same.filter(made_by=None, edits=0).update(title_en=case.title_en)


def check_cases(*, protocol: str, cases: Iterable[object], asked: Iterable[Questionnaire]) -> None:
    """Raise `Refused` with the first of these test cases of a file that cannot be held against these questionnaires."""
    for content in cases:
        _check_case_of_file(_case_of(protocol, content), asked)


def _can_be_held(case: ProtocolCase, asked: Iterable[Questionnaire]) -> bool:
    try:
        _check_case_of_file(case, asked)
    except Refused:
        return False
    return True


def _case_of(protocol: str, content: object) -> ProtocolCase:
    """The case in an entry of a file, as it stands there. Raises `Refused`."""
    parts = content if isinstance(content, dict) else {}
    needed = {"title", "questionnaire", "answers", "expects"}
    titles = _titles_of(parts.get("title"))
    if not (needed <= parts.keys() <= set(CASE_PARTS) and titles):
        raise Refused(_("A test case of the file has other parts than a test case has."))
    return ProtocolCase(protocol=protocol, **(parts | titles))


def _titles_of(title: object) -> dict[str, str]:
    """A title as a file has it, in one language or in both; nothing when it is no title."""
    if isinstance(title, str):
        return {"title": title}
    if isinstance(title, dict) and title.keys() == {"nl", "en"} and all(isinstance(one, str) for one in title.values()):
        return {"title": title["nl"], "title_en": title["en"]}
    return {}


def _check_case_of_file(case: ProtocolCase, asked: Iterable[Questionnaire]) -> None:
    """Raise `Refused` unless a case can be kept as it stands in its file."""
    try:
        case.clean_fields(exclude=["made_at", "answers", "expects"])
        if not isinstance(case.answers, dict) or not can_be_read(case.expects):
            raise Refused(_("Its answers or what must come out cannot be read."))
        check_case(case, expectation_of(case.expects), asked)
    except (Refused, ValidationError) as error:
        why = str(error) if isinstance(error, Refused) else " ".join(error.messages)
        raise Refused(_("Test case %(title)s: %(why)s") % {"title": case.title, "why": why}) from error


@transaction.atomic
def retire_case(*, case: ProtocolCase, by: Staff, now: dt.datetime) -> None:
    """Take a case out of the test set; it stays in the database."""
    case = ProtocolCase.objects.select_for_update().get(pk=case.pk)
    case.retired_at, case.changed_by, case.changed_at = now, by, now
    case.edits += 1
    case.save(update_fields=["retired_at", "changed_by", "changed_at", "edits"])
    _log(case, "protocol_case_retired", by=by, now=now)


def _log(case: ProtocolCase, event: str, *, by: Staff, now: dt.datetime) -> None:
    audit.record(by=by, event=event, action="U", now=now, object_type="protocolcase", object_id=case.pk)
