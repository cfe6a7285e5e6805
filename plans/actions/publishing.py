"""Protocols as they are shipped: published or handed to the practice as a draft, and signed."""

import datetime as dt

from django.db import transaction
from django.db.models import Max, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from intake.models import QuestionnaireVersion
from patients.policies import Refused
from plans.domain.check import blocking, check
from plans.domain.editing import numbered
from plans.domain.protocol import Protocol, compose
from plans.models import ProtocolVersion
from practice import audit
from practice.models import Staff


@transaction.atomic
def publish_protocol(*, protocol: Protocol, now: dt.datetime) -> bool:
    """Add this version of a protocol and publish it as shipped, unsigned; whether anything was new.

    A version that exists is never altered: the same version with other content is refused. Where the practice governs
    the protocol itself, or governs its questionnaires and does not ask what this one needs, what is shipped arrives as
    a draft with the next number, for two people to look at.
    """
    versions = ProtocolVersion.objects.filter(code=protocol.code)
    if versions.filter(Q(content_hash=protocol.hash) | Q(origin_hash=protocol.hash)).exists():
        return False
    same = versions.filter(version=protocol.version).first()
    if same and same.based_on_id is None:
        raise Refused(
            _("%(code)s version %(version)s is published already with other content. Give it a new version.")
            % {"code": same.code, "version": same.version}
        )
    in_use = versions.filter(status="published").first()
    waits = in_use is not None and (in_use.approved_by_id is not None or _asks_for_more(protocol))
    if not waits:
        versions.filter(status="published").update(status="retired")
    _add_shipped(protocol, renumbered=same is not None or waits, based_on=in_use if waits else None, now=now)
    return True


def _asks_for_more(protocol: Protocol) -> bool:
    """Whether the practice governs what is asked in these regions, and does not ask what the protocol needs."""
    asked = list(QuestionnaireVersion.objects.published().filter(region__in=protocol.regions))
    governed = any(one.approved_by_id for one in asked)
    return governed and bool(blocking(check(protocol, [one.questionnaire for one in asked])))


def _add_shipped(protocol: Protocol, *, renumbered: bool, based_on: ProtocolVersion | None, now: dt.datetime) -> None:
    """Keep what is shipped: in use, or as a draft of the version that the practice governs."""
    kept = protocol
    if renumbered:
        versions = ProtocolVersion.objects.filter(code=protocol.code)
        highest = versions.aggregate(Max("version"))["version__max"]
        kept = compose(numbered(protocol.content, highest + 1))
    version = ProtocolVersion(
        origin_hash=protocol.hash if renumbered else "",
        status="draft" if based_on else "published",
        valid_from=protocol.valid_from or localtime(now).date(),
        loaded_at=now,
        based_on=based_on,
    )
    version.hold(kept)
    version.save()


@transaction.atomic
def sign_protocol(*, version: ProtocolVersion, by: Staff, now: dt.datetime) -> None:
    """Sign a published protocol version as first or second person of the practice."""
    version = ProtocolVersion.objects.select_for_update().get(pk=version.pk)
    if version.status != "published" or version.is_signed:
        raise Refused(_("Only a published version that lacks a signature can be signed."))
    if version.signed_by_first_id == by.pk:
        raise Refused(_("The second signature must be another person's."))
    if version.signed_by_first_id is None:
        version.signed_by_first = by
    else:
        version.signed_by_second = by
    version.save(update_fields=["signed_by_first", "signed_by_second"])
    audit.record(
        by=by, event="protocol_signed", action="U", now=now, object_type="protocolversion", object_id=version.pk
    )
