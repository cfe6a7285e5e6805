"""The steps that versions of protocols and of questionnaires take alike: to a second person, back, aside, into use."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Max
from django.utils.translation import gettext as _

from intake.domain.reading import content_hash
from intake.models import QuestionnaireVersion
from patients.policies import Refused
from plans.domain.check import Flaw
from plans.models import ProtocolVersion
from plans.policies import check_change_version, check_version_life
from practice import audit
from practice.models import Staff

Content = Mapping[str, Any]
Version = TypeVar("Version", ProtocolVersion, QuestionnaireVersion)


class Unfit(Exception):
    """A change after which a version could not be read or published; carries every flaw that stands in its way."""

    def __init__(self, flaws: tuple[Flaw, ...]) -> None:
        super().__init__("\n".join(str(flaw) for flaw in flaws))
        self.flaws = flaws


class ChangedMeanwhile(Exception):
    """Somebody changed the same part after it was opened. `current` is the part as it is now; None when it is gone."""

    def __init__(self, current: Content | None) -> None:
        super().__init__("changed meanwhile")
        self.current = current


def part_hash(part: Content | None) -> str:
    """What tells whether a part is still as it was when it was opened; empty for a part that is not there yet."""
    return content_hash(part) if part is not None else ""


def next_number(version: ProtocolVersion | QuestionnaireVersion) -> int:
    """The number after the highest that versions of this protocol or questionnaire have."""
    versions = type(version)._default_manager.filter(code=version.code)
    highest: int | None = versions.aggregate(Max("version"))["version__max"]
    return (highest or 0) + 1


def in_use(version: Version) -> Version | None:
    """The version of the same protocol or questionnaire that is published."""
    return type(version)._default_manager.filter(code=version.code, status="published").first()


def locked(version: Version) -> Version:
    """A version as it is now, for this transaction alone."""
    return type(version)._default_manager.select_for_update().get(pk=version.pk)


def locked_draft(version: Version) -> Version:
    """The draft as it is now, for this transaction alone. Raises `Refused` when it may not be changed."""
    now = locked(version)
    check_change_version(now)
    return now


def hand_in(version: Version, *, by: Staff, now: dt.datetime) -> None:
    """Hand a locked draft to a second person."""
    version.status, version.submitted_by, version.submitted_at = "in_review", by, now
    version.save(update_fields=["status", "submitted_by", "submitted_at"])
    write_step(version, "submitted", by=by, now=now)


def give_back(version: Version, *, comment: str, by: Staff, now: dt.datetime) -> None:
    """Give a submitted version back, with what should be otherwise. Raises `Refused`."""
    version = locked(version)
    check_version_life(version, "draft")
    if not comment.strip():
        raise Refused(_("Write what should be otherwise: the author reads it."))
    version.status, version.submitted_by, version.submitted_at = "draft", None, None
    version.save(update_fields=["status", "submitted_by", "submitted_at"])
    write_step(version, "returned", comment=comment.strip(), by=by, now=now)


def set_aside(version: Version, *, by: Staff, now: dt.datetime) -> None:
    """Do away with a draft; it stays readable. Raises `Refused`."""
    version = locked_draft(version)
    check_version_life(version, "retired")
    version.status = "retired"
    version.save(update_fields=["status"])
    write_step(version, "set_aside", by=by, now=now)


def put_in_use(version: Version, *, by: Staff, now: dt.datetime, **fields: Any) -> None:
    """Publish a locked version with these other fields; the version in use until now retires."""
    versions = type(version)._default_manager.filter(code=version.code, status="published")
    list(versions.select_for_update().values_list("pk"))
    versions.update(status="retired")
    changes = {"status": "published", "approved_by": by, "approved_at": now, **fields}
    for name, value in changes.items():
        setattr(version, name, value)
    version.save(update_fields=list(changes))
    write_step(version, "published", by=by, now=now)


def write_step(
    version: ProtocolVersion | QuestionnaireVersion,
    what: str,
    *,
    by: Staff,
    now: dt.datetime,
    code: str = "",
    comment: str = "",
) -> None:
    """Write down a step in the making of a version, in its own history and in the access log."""
    version.steps.create(what=what, code=code, comment=comment, by=by, at=now)
    table = version._meta.model_name or ""
    event = f"{table.removesuffix('version')}_{what}"
    audit.record(by=by, event=event, action="U", now=now, object_type=table, object_id=version.pk)
