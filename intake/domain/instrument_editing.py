"""Changes to the instruments in the content of one questionnaire. Pure: content goes in, new content comes out.

What a score is made of (its questions, their answers, points and method) stays: scores of the past are kept under
its code. How it is called, read and judged (texts, direction, bounds, relevant change, sources) may be changed. Every
other wording of an instrument is another version of it, numbered over all questionnaires together.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from intake.domain.composing import compose
from intake.domain.editing import Entry, UnknownPartError, means_the_same
from intake.domain.questionnaire import Parts, Questionnaire

MADE_OF = ("method", "items", "points", "missing_allowed", "scale_to", "unit")


def instrument_in(content: Parts, code: str) -> Entry:
    """An instrument as content. Raises `UnknownPartError`."""
    try:
        found: Entry = content["instruments"][code]
    except KeyError as error:
        raise UnknownPartError(code) from error
    return found


def head_of(instrument: Entry) -> dict[str, Any]:
    """What an instrument says of itself and its scores: everything but its questions and its number."""
    return {key: value for key, value in instrument.items() if key not in ("items", "version")}


def question_in(instrument: Entry, code: str) -> Entry:
    """A question of an instrument. Raises `UnknownPartError`."""
    for item in instrument["items"]:
        if item["code"] == code:
            found: Entry = item
            return found
    raise UnknownPartError(code)


def with_question_in(instrument: Entry, question: Entry) -> dict[str, Any]:
    """The instrument with this question in the place of the one with its code."""
    items = [question if one["code"] == question["code"] else one for one in instrument["items"]]
    return {**instrument, "items": items}


def with_instrument(content: Parts, instrument: Entry, elsewhere: Iterable[Entry]) -> dict[str, Any]:
    """The content with this instrument in the place of the one with its code, numbered among those `elsewhere`."""
    numbered = {**instrument, "version": number_of(instrument, elsewhere)}
    return {**content, "instruments": {**content["instruments"], instrument["code"]: numbered}}


def with_instrument_added(
    content: Parts, section: str, instrument: Entry, elsewhere: Iterable[Entry]
) -> dict[str, Any]:
    """The content with this instrument as the last one of a section of instruments. Raises `UnknownPartError`."""
    listed = {code: list(codes) for code, codes in _listed(content).items()}
    if section not in listed:
        raise UnknownPartError(section)
    listed[section].append(instrument["code"])
    return _with_listed(with_instrument(content, instrument, elsewhere), listed)


def without_instrument(content: Parts, code: str) -> dict[str, Any]:
    """The content without an instrument, whichever section it stands in. Raises `UnknownPartError`."""
    instrument_in(content, code)
    listed = {section: [one for one in codes if one != code] for section, codes in _listed(content).items()}
    kept = {each: one for each, one in content["instruments"].items() if each != code}
    return _with_listed({**content, "instruments": kept}, listed)


def _listed(content: Parts) -> dict[str, list[str]]:
    """The codes of the instruments that a questionnaire lists, by the section of instruments."""
    (head,) = content["questionnaires"].values()
    return {one["section"]: one["instruments"] for one in head["sections"] if isinstance(one, Mapping)}


def _with_listed(content: Parts, listed: Mapping[str, list[str]]) -> dict[str, Any]:
    """The content with these instruments in its sections of instruments."""
    ((name, head),) = content["questionnaires"].items()
    sections = [
        {**one, "instruments": listed[one["section"]]} if isinstance(one, Mapping) else one for one in head["sections"]
    ]
    return {**content, "questionnaires": {name: {**head, "sections": sections}}}


def number_of(instrument: Entry, elsewhere: Iterable[Entry]) -> int:
    """The version that an instrument is: that of the same words elsewhere, or else the next after all of those."""
    others = list(elsewhere)
    words = _words(instrument)
    same = [int(one["version"]) for one in others if _words(one) == words]
    return same[0] if same else max((int(one["version"]) for one in others), default=0) + 1


def with_free_numbers(content: Parts, elsewhere: Iterable[Entry]) -> dict[str, Any]:
    """The content, in which an instrument whose number says something else `elsewhere` gets another number."""
    others, changed = list(elsewhere), dict(content)
    for code, instrument in content["instruments"].items():
        known = [one for one in others if one["code"] == code]
        taken = [one for one in known if one["version"] == instrument["version"]]
        if any(_words(one) != _words(instrument) for one in taken):
            changed = with_instrument(changed, instrument, known)
    return changed


def alone(questionnaire: Questionnaire, code: str) -> Questionnaire:
    """One instrument of a questionnaire as a questionnaire of its own, to be taken along. Raises `KeyError`."""
    instrument, content = questionnaire.instrument(code), questionnaire.content
    title = instrument.title.to_json()
    section = {"section": f"{code}_questions", "title": title, "instruments": [code]}
    if any(item.patient for item in instrument.items):
        section["patient"] = {"title": title}
    head = {
        "code": code,
        "version": instrument.version,
        "region": questionnaire.region,
        "title": title,
        "sections": [section],
    }
    parts = {"items": {}, "derived": {}, "diagrams": {}, "elsewhere": sorted(questionnaire.terms)}
    asked = {"questionnaires": {code: head}, "instruments": {code: content["instruments"][code]}}
    return compose({**parts, **asked, "sources": content["sources"]})


def scored_alike(one: Entry, other: Entry) -> bool:
    """Whether the same answers give the same scores in both, and whether they can be given in both."""
    return _makes(one) == _makes(other) and all(
        means_the_same(*pair) for pair in zip(one["items"], other["items"], strict=True)
    )


def worded_alike(one: Entry, other: Entry) -> bool:
    """Whether both ask their questions in the same words."""
    return [_asked(item) for item in one["items"]] == [_asked(item) for item in other["items"]]


def _words(instrument: Entry) -> dict[str, Any]:
    return {key: value for key, value in instrument.items() if key != "version"}


def _makes(instrument: Entry) -> object:
    """What decides the numbers that an instrument yields, and the codes under which they are kept."""
    scores = {score["code"]: {key: score.get(key) for key in MADE_OF} for score in instrument.get("scores", ())}
    bands = {score["code"]: [_edge(band) for band in score.get("bands", ())] for score in instrument.get("scores", ())}
    questions = [item["code"] for item in instrument["items"]]
    return questions, scores, bands, _classified(instrument.get("groups") or []), instrument.get("entered_totals")


def _classified(groups: Any) -> list[object]:
    """Classifications by what they conclude from what; `groups` holds one of them, or a list."""
    several = [groups] if isinstance(groups, Mapping) else groups
    return [(one["code"], [(case["when"], case["code"]) for case in one["rules"]]) for one in several]


def _edge(band: Mapping[str, Any]) -> tuple[str, bool, bool]:
    """A band by its code, and on which side its bound lies; where exactly is how the score is read."""
    return band["code"], "below" in band, "up_to" in band


def _asked(item: Entry) -> object:
    choices = [(choice["label"], choice.get("patient")) for choice in item.get("choices", ())]
    return item["code"], item["label"], item.get("help"), item.get("patient"), choices
