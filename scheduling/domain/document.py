"""A booking instance and its proposal as plain values of JSON: the schema, reading with every problem, writing."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from jsonschema import Draft202012Validator

from intake.domain.reading import Problem
from intake.domain.text import Text
from scheduling.domain.instance import (
    WEIGHTS,
    Closed,
    DayPart,
    Free,
    Instance,
    Need,
    Placement,
    Practitioner,
    Preferences,
    Proposal,
    Room,
    Row,
    Span,
    Wish,
)

JSON = dict[str, Any]
LONGEST_SESSION = 480
MOST_SESSIONS = 60


def _object(required: tuple[str, ...], **properties: JSON) -> JSON:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _list(of: JSON, **more: Any) -> JSON:
    return {"type": "array", "items": of, **more}


def _text(description: str, **more: Any) -> JSON:
    return {"type": "string", "minLength": 1, "maxLength": 200, "description": description, **more}


def _count(low: int, high: int, description: str) -> JSON:
    return {"type": "integer", "minimum": low, "maximum": high, "description": description}


_DATE: JSON = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "description": "a day, such as 2026-11-23"}
_MAYBE_DATE: JSON = {"anyOf": [_DATE, {"type": "null"}]}
_TIME: JSON = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:00)?$",
    "description": "wall time of the practice, without a zone, such as 2026-11-23T09:30",
}
_BILINGUAL = _object(("nl", "en"), nl=_text("Dutch"), en=_text("English"))
_BUSY = _object(("start", "end"), start=_TIME, end=_TIME)
_FREE = _object(("start", "end"), start=_TIME, end=_TIME, location={"type": "string"})
_CLOSED = _object(
    ("start", "end", "cause", "text"),
    start=_TIME,
    end=_TIME,
    cause=_text("a code, such as leave or holiday"),
    text=_BILINGUAL,
)
_CODES = _list(_text("a code"), uniqueItems=True)
_PLACEMENT = _object(
    ("number", "start", "practitioner"),
    number=_count(1, 999, "which session"),
    start=_TIME,
    practitioner=_text("a code of practitioners"),
    room={"type": ["string", "null"]},
    location={"type": "string"},
)

SCHEMA: JSON = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A series of sessions to be booked",
    **_object(
        ("practitioners", "needs"),
        timezone=_text("a name of the time zone database; Europe/Amsterdam unless said"),
        slot_minutes=_count(5, 120, "sessions start on multiples of this, counted from midnight; 30 unless said"),
        minimum_days=_count(1, 28, "days between the dates of two sessions at least; 2 leaves one day of rest"),
        referral_until=_MAYBE_DATE,
        practitioners=_list(
            _object(
                ("code", "free"),
                code=_text("the same code in several instances is the same person"),
                name=_text("how the desk calls this person"),
                competences=_CODES,
                free=_list(_FREE),
                closed=_list(_CLOSED),
            )
        ),
        rooms=_list(
            _object(
                ("code", "kind", "free"),
                code=_text("the same code in several instances is the same room"),
                kind=_text("a kind of room"),
                free=_list(_FREE),
                closed=_list(_CLOSED),
            )
        ),
        needs=_list(
            _object(
                ("number", "minutes", "earliest", "latest"),
                number=_count(1, 999, "the order of the sessions"),
                minutes=_count(5, LONGEST_SESSION, "how long it takes"),
                earliest=_DATE,
                latest=_DATE,
                competences=_CODES,
                room_kind={"type": ["string", "null"], "description": "null: it needs no room"},
                ideal_gap={"anyOf": [_count(1, 365, "days after the session before it"), {"type": "null"}]},
            ),
            minItems=1,
            maxItems=MOST_SESSIONS,
        ),
        patient=_object((), busy=_list(_BUSY)),
        preferences=_object(
            (),
            practitioner={"type": ["string", "null"]},
            day_parts=_list({"enum": [part.value for part in DayPart]}, uniqueItems=True),
            weekdays=_list(_count(1, 7, "1 is Monday"), uniqueItems=True),
            same_time={"type": "boolean"},
            as_early_as_possible={"type": "boolean"},
            not_before=_MAYBE_DATE,
            not_after=_MAYBE_DATE,
            strict=_list({"enum": [wish.value for wish in Wish]}, uniqueItems=True),
        ),
        pins=_list(_PLACEMENT),
        skips=_list(_count(1, 999, "a session that is not booked now"), uniqueItems=True),
        weights=_object((), **{name: _count(0, 1000, "what one step costs") for name in WEIGHTS}),
    ),
}
_VALIDATOR = Draft202012Validator(SCHEMA)


class InstanceRefusedError(ValueError):
    """An instance that cannot be used; carries every problem with its path."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """`problems` are all that were found."""
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def read_instance(given: Any) -> Instance:
    """The instance that a document describes. Raises `InstanceRefusedError` with every problem and its path."""
    found = sorted(_VALIDATOR.iter_errors(given), key=lambda error: [str(step) for step in error.absolute_path])
    if found:
        raise InstanceRefusedError(tuple(Problem(_path(error.absolute_path), error.message[:300]) for error in found))
    reader = _Reader()
    instance = reader.instance(given)
    if reader.problems or instance is None:
        raise InstanceRefusedError(tuple(reader.problems))
    return instance


def _path(steps: Any) -> str:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return path.lstrip(".") or "instance"


_T = TypeVar("_T")


class _Reader:
    """Turns a document of the right shape into values, and notes what cannot be."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def each(self, given: JSON, key: str, read: Callable[[JSON], _T], path: str = "") -> tuple[_T, ...]:
        """Every entry of a list; those that cannot be are noted with their path."""
        made = []
        for position, entry in enumerate(given.get(key, ())):
            one = self.tried(f"{path}{key}[{position}]", read, entry)
            made += [] if one is None else [one]
        return tuple(made)

    def tried(self, path: str, read: Callable[[Any], _T], given: Any) -> _T | None:
        """What `read` makes of a value; None when it refuses, with the problem noted."""
        try:
            return read(given)
        except (ValueError, KeyError) as error:
            self.problems.append(Problem(path, str(error).strip("'")))
            return None

    def instance(self, given: JSON) -> Instance | None:
        """The whole."""
        people = tuple(self._practitioner(one, at) for at, one in enumerate(given["practitioners"]))
        rooms = tuple(self._room(one, at) for at, one in enumerate(given.get("rooms", ())))
        self._same_codes("practitioners", [one.code for one in people])
        self._same_codes("rooms", [one.code for one in rooms])
        needs = self.each(given, "needs", _need)
        lengths = {need.number: need.minutes for need in needs}
        pins = self.each(given, "pins", lambda pin: _pin(pin, lengths))
        busy = self.each(given.get("patient", {}), "busy", _span, "patient.")
        wishes = self.tried("preferences", _preferences, given.get("preferences", {}))
        if wishes is not None:
            self._there("practitioner", wishes.practitioner, people, "preferences.practitioner")
        for at, pin in enumerate(pins):
            self._there("practitioner", pin.practitioner, people, f"pins[{at}].practitioner")
            self._there("room", pin.room, rooms, f"pins[{at}].room")
        until = self.tried("referral_until", _day, given.get("referral_until"))
        if self.problems or wishes is None:
            return None
        return self.tried(
            "needs",
            lambda _: Instance(
                practitioners=people,
                rooms=rooms,
                needs=needs,
                busy=busy,
                preferences=wishes,
                minimum_days=given.get("minimum_days", 1),
                slot_minutes=given.get("slot_minutes", 30),
                referral_until=until,
                pins=pins,
                skips=frozenset(given.get("skips", ())),
                weights={**WEIGHTS, **given.get("weights", {})},
                timezone=given.get("timezone", "Europe/Amsterdam"),
            ),
            given,
        )

    def _same_codes(self, path: str, codes: list[str]) -> None:
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            self.problems.append(Problem(path, f"'{code}' is there more than once"))

    def _there(self, what: str, named: str | None, ones: Iterable[Practitioner | Room], path: str) -> None:
        """Note a problem where a code is named that is nobody's."""
        if named is not None and named not in {one.code for one in ones}:
            self.problems.append(Problem(path, f"there is no {what} '{named}'"))

    def _practitioner(self, given: JSON, at: int) -> Practitioner:
        path = f"practitioners[{at}]."
        code: str = given["code"]
        return Practitioner(
            code,
            given.get("name", code),
            frozenset(given.get("competences", ())),
            self.each(given, "free", _free, path),
            self.each(given, "closed", _closed, path),
        )

    def _room(self, given: JSON, at: int) -> Room:
        path = f"rooms[{at}]."
        return Room(
            given["code"],
            given["kind"],
            self.each(given, "free", _free, path),
            self.each(given, "closed", _closed, path),
        )


def _span(given: JSON) -> Span:
    return Span(dt.datetime.fromisoformat(given["start"]), dt.datetime.fromisoformat(given["end"]))


def _free(given: JSON) -> Free:
    return Free(_span(given), given.get("location", ""))


def _closed(given: JSON) -> Closed:
    return Closed(_span(given), given["cause"], Text(given["text"]["nl"], given["text"]["en"]))


def _day(given: str | None) -> dt.date | None:
    return dt.date.fromisoformat(given) if given else None


def _need(given: JSON) -> Need:
    return Need(
        given["number"],
        given["minutes"],
        dt.date.fromisoformat(given["earliest"]),
        dt.date.fromisoformat(given["latest"]),
        frozenset(given.get("competences", ())),
        given.get("room_kind"),
        given.get("ideal_gap"),
    )


def _pin(given: JSON, lengths: Mapping[int, int]) -> Placement:
    if given["number"] not in lengths:
        raise ValueError(f"there is no session {given['number']}")
    start = dt.datetime.fromisoformat(given["start"])
    minutes = lengths[given["number"]]
    return Placement(
        given["number"], start, minutes, given["practitioner"], given.get("room"), given.get("location", "")
    )


def _preferences(given: JSON) -> Preferences:
    return Preferences(
        practitioner=given.get("practitioner"),
        day_parts=frozenset(DayPart(part) for part in given.get("day_parts", ())),
        weekdays=frozenset(given.get("weekdays", ())),
        same_time=given.get("same_time", False),
        as_early_as_possible=given.get("as_early_as_possible", False),
        not_before=_day(given.get("not_before")),
        not_after=_day(given.get("not_after")),
        strict=frozenset(Wish(wish) for wish in given.get("strict", ())),
    )


# --- writing --------------------------------------------------------------------------------------------------------


def proposal_to_json(proposal: Proposal) -> JSON:
    """A proposal as plain values: its rows, the cost of each soft constraint, and whether it is proven."""
    relaxation = proposal.relaxation
    return {
        "complete": proposal.is_complete,
        "placed": len(proposal.placements),
        "cost": proposal.total,
        "costs": dict(proposal.costs),
        "proven": proposal.proven,
        "nodes": proposal.nodes,
        "main_practitioner": proposal.main,
        "rows": [_row_to_json(row) for row in proposal.rows],
        "relaxation": relaxation
        and {"names": list(relaxation.names), "text": relaxation.text.to_json(), "placed": relaxation.placed},
    }


def _row_to_json(row: Row) -> JSON:
    return {
        "number": row.number,
        "state": row.state.value,
        "placement": row.placement and placement_to_json(row.placement),
        "reasons": [{"code": reason.code, "text": reason.text.to_json()} for reason in row.reasons],
        "alternatives": [placement_to_json(one) for one in row.alternatives],
    }


def placement_to_json(placement: Placement) -> JSON:
    """A place as plain values; the end is given for the reader."""
    return {
        "number": placement.number,
        "start": placement.start.isoformat(timespec="minutes"),
        "end": placement.span.end.isoformat(timespec="minutes"),
        "practitioner": placement.practitioner,
        "room": placement.room,
        "location": placement.location,
    }
