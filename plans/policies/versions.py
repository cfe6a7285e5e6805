"""What may happen to versions of protocols, and to those of questionnaires alike, and the reason when it may not."""

import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from intake.domain.findings import AnswersRefusedError, derive
from intake.domain.questionnaire import Questionnaire
from intake.models import QuestionnaireVersion
from patients.policies import Refused
from plans.domain.check import Flaw, Level, blocking
from plans.domain.expectation import Expectation, Unmet
from plans.domain.lifecycle import PROTOCOL_TRANSITIONS, ProtocolLife
from plans.domain.protocol import Protocol
from plans.models import ProtocolCase, ProtocolVersion, Replay
from practice.models import Staff

Governed = ProtocolVersion | QuestionnaireVersion


@dataclass(frozen=True, slots=True)
class FailedCase:
    """A test case that comes out otherwise: on what, or why it cannot be run."""

    case: ProtocolCase
    misses: tuple[Unmet, ...]
    why: str = ""


class Judged(typing.Protocol):
    """What was found of a version before it is published."""

    @property
    def is_sound(self) -> bool:
        """Whether nothing that the check found stands in the way; test cases apart."""

    @property
    def failed(self) -> tuple[FailedCase, ...]:
        """The test cases that come out otherwise."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What stands in the way of publishing a version, and what was done to see it through."""

    flaws: tuple[Flaw, ...]
    cases: int
    failed: tuple[FailedCase, ...]
    replay: Replay | None

    @property
    def blocks(self) -> tuple[Flaw, ...]:
        """The flaws that may not be published."""
        return blocking(self.flaws)

    @property
    def is_sound(self) -> bool:
        """Whether nothing that the check found stands in the way; test cases apart."""
        return not self.blocks

    @property
    def warnings(self) -> tuple[Flaw, ...]:
        """The flaws that may."""
        return tuple(flaw for flaw in self.flaws if flaw.level is Level.WARN)

    @property
    def replayed(self) -> bool:
        """Whether the draft, as it is now, was run over all past intakes."""
        return self.replay is not None and self.replay.status == "done"


def readiness_of(
    version: ProtocolVersion, flaws: tuple[Flaw, ...], questionnaires: Iterable[Questionnaire]
) -> Readiness:
    """How ready a version is, given the flaws of its check."""
    by_code = {one.code: one for one in questionnaires}
    cases = list(ProtocolCase.objects.of(version.code))
    failed = tuple(found for case in cases if (found := failed_case(case, version.protocol, by_code)))
    replay = version.replays.filter(content_hash=version.content_hash).order_by("-asked_at").first()
    return Readiness(flaws, len(cases), failed, replay)


def failed_case(
    case: ProtocolCase, protocol: Protocol, questionnaires: Mapping[str, Questionnaire]
) -> FailedCase | None:
    """The case, if it does not come out as expected or cannot be run."""
    try:
        misses = case.misses(protocol, questionnaires)
    except AnswersRefusedError as error:
        return FailedCase(case, (), str(error))
    except KeyError:
        return FailedCase(case, (), _("This questionnaire is not in use."))
    return FailedCase(case, misses) if misses else None


def check_version_life(version: Governed, to: str) -> None:
    """Raise `Refused` unless the version's life may go to `to`."""
    if to not in PROTOCOL_TRANSITIONS[ProtocolLife(version.status)]:
        raise Refused(
            _("A version that is %(now)s cannot become %(to)s.")
            % {"now": version.get_status_display(), "to": dict(version._meta.get_field("status").flatchoices)[to]}
        )


def check_change_version(version: Governed) -> None:
    """Raise `Refused` unless the content of this version may be changed."""
    if not version.may_be_changed:
        raise Refused(_("Only a draft can be changed. Make a draft of this version first."))


def check_submit(version: ProtocolVersion, ready: Readiness) -> None:
    """Raise `Refused` unless the draft may go to a second person."""
    check_version_life(version, "in_review")
    check_sound(ready)


def check_sound(ready: Judged) -> None:
    """Raise `Refused` when the check blocks, or a test case comes out otherwise."""
    if not ready.is_sound:
        raise Refused(_("The check found what may not be published. It is listed below."))
    if ready.failed:
        raise Refused(_("Not every test case comes out as expected. Those that do not are listed below."))


def check_publish_draft(version: ProtocolVersion, by: Staff, ready: Readiness) -> None:
    """Raise `Refused` unless `by` may put this version in use now."""
    check_second_person(version, by)
    check_sound(ready)
    if version.based_on_id is not None and not ready.replayed:
        raise Refused(_("Replay this draft over the past intakes first, and look at what changes."))
    check_based_on_what_is_in_use(version)


def check_second_person(version: Governed, by: Staff) -> None:
    """Raise `Refused` unless the version was submitted, and by others than `by`."""
    check_version_life(version, "published")
    if by.pk in authors_of(version):
        raise Refused(_("Somebody else publishes this version: whoever wrote or submitted it does not."))


def check_based_on_what_is_in_use(version: Governed) -> None:
    """Raise `Refused` when another version was put in use after this one was drafted."""
    in_use = type(version).objects.filter(code=version.code, status="published").first()
    if in_use and version.based_on_id != in_use.pk:
        raise Refused(
            _("Meanwhile version %(version)s was published. Make a draft of that one and take the changes over.")
            % {"version": in_use.version}
        )


def can_publish_draft(version: ProtocolVersion, by: Staff, ready: Readiness) -> bool:
    """Whether `by` may put this version in use now."""
    try:
        check_publish_draft(version, by, ready)
    except Refused:
        return False
    return True


def authors_of(version: Governed) -> frozenset[object]:
    """The ids of everybody who wrote on this version or submitted it."""
    wrote = version.steps.exclude(what__in=["returned", "published", "set_aside"]).values_list("by", flat=True)
    return frozenset(wrote) | {version.drafted_by_id, version.submitted_by_id} - {None}


def check_replay(version: ProtocolVersion) -> None:
    """Raise `Refused` unless this version can be replayed now."""
    if version.status not in ("draft", "in_review"):
        raise Refused(_("Only a version in the making is replayed."))
    if version.replays.open().exists():
        raise Refused(_("A replay of this draft is waiting or running already."))


def check_case(case: ProtocolCase, expected: Expectation, questionnaires: Iterable[Questionnaire]) -> None:
    """Raise `Refused` unless the case expects something of answers that can be given now."""
    if expected.is_empty:
        raise Refused(_("Say what must come out: a case that expects nothing can never fail."))
    known = {one.code: one for one in questionnaires}
    if case.questionnaire not in known:
        raise Refused(_("This questionnaire is not in use."))
    try:
        derive(case.answers, case.context(), known[case.questionnaire])
    except AnswersRefusedError as error:
        raise Refused("\n".join(str(problem) for problem in error.problems)) from error
