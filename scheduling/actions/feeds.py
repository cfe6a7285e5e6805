"""The private calendar address of a practitioner: made, read and revoked."""

import datetime as dt
import hashlib
import secrets

from django.db import transaction

from practice import audit
from practice.models import AccessEvent, Practitioner, Staff
from scheduling.models import CalendarFeed

TOKEN_BYTES = 32
FEED_READ = "calendar_feed_read"
GUESSES_PER_ADDRESS, GUESSING_WINDOW = 20, dt.timedelta(minutes=15)
READS, READING_WINDOW = 30, dt.timedelta(minutes=15)


class TooManyReads(Exception):
    """A calendar program, or somebody who guesses addresses, asks too often."""


@transaction.atomic
def make_feed(*, practitioner: Practitioner, by: Staff, now: dt.datetime) -> str:
    """Make the address of a practitioner's calendar anew; the one before stops working. Gives the token, only now."""
    revoke_feed(practitioner=practitioner, by=by, now=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed = CalendarFeed.objects.create(practitioner=practitioner, token_hash=_hash(token), made_at=now, by=by)
    _log(feed, "calendar_feed_made", "C", by=by, now=now)
    return token


@transaction.atomic
def revoke_feed(*, practitioner: Practitioner, by: Staff, now: dt.datetime) -> bool:
    """Let the address of a practitioner's calendar stop working; whether there was one."""
    feed = CalendarFeed.objects.select_for_update().filter(practitioner=practitioner, revoked_at=None).first()
    if feed is None:
        return False
    feed.revoked_at = now
    feed.save(update_fields=["revoked_at"])
    _log(feed, "calendar_feed_revoked", "U", by=by, now=now)
    return True


@transaction.atomic
def open_feed(*, token: str, now: dt.datetime) -> CalendarFeed | None:
    """The feed of this token while it works and its practitioner does; else None. Raises `TooManyReads`."""
    if audit.recent_refusals(FEED_READ, since=now - GUESSING_WINDOW) >= GUESSES_PER_ADDRESS:
        raise TooManyReads
    feed = (
        CalendarFeed.objects.select_related("practitioner__staff")
        .filter(token_hash=_hash(token), revoked_at=None, practitioner__staff__is_active=True)
        .first()
    )
    if feed is None:
        audit.record(by=None, actor="calendar", event=FEED_READ, action="R", now=now, allowed=False)
        return None
    if _reads(feed, since=now - READING_WINDOW) >= READS:
        raise TooManyReads
    _log(feed, FEED_READ, "R", by=None, now=now)
    return feed


def _reads(feed: CalendarFeed, *, since: dt.datetime) -> int:
    read = AccessEvent.objects.filter(event=FEED_READ, object_id=str(feed.pk), outcome="allowed", at_utc__gte=since)
    return read.count()


def _log(feed: CalendarFeed, event: str, action: str, *, by: Staff | None, now: dt.datetime) -> None:
    audit.record(
        by=by,
        actor="" if by else "calendar",
        event=event,
        action=action,
        now=now,
        object_type="scheduling.calendarfeed",
        object_id=feed.pk,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
