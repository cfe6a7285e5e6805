"""The parts of a protocol version other than rules, in the back office: to read, and to write while it is a draft.

One list, one page, and one way in and out for every kind; `plans.forms.kinds` says what each kind is.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from patients.policies import Refused
from plans.actions import governing
from plans.actions.making import ChangedMeanwhile, part_hash
from plans.admin.keeping import kept
from plans.admin.pages import get_version, is_to_save, sent_form, status_of, unsaved_page, version_page
from plans.admin.preview import preview_of
from plans.admin.saying import EVIDENCE_WORDS, code_list, kind_of_part, sentences, terms_of
from plans.admin.unsaved import why_gone
from plans.domain.difference import Change, changes
from plans.domain.parts import Entry, Kind, Reference, entries, references
from plans.domain.protocol import Protocol
from plans.forms.flaws import in_words
from plans.forms.kinds import PARTS, SLUGS
from plans.forms.moving import BUTTON
from plans.forms.parts import Part, PartForm, to_read
from plans.models import ProtocolVersion
from practice.access import requires
from practice.domain.grants import Act


class PartConverter:
    """The kinds of parts that have pages, in an address."""

    regex = "|".join(PARTS)

    def to_python(self, value: str) -> Part:
        """The kind with this address."""
        return PARTS[value]

    def to_url(self, value: Part | str) -> str:
        """The address of a kind."""
        return value.slug if isinstance(value, Part) else value


@requires(Act.GOVERN_PROTOCOL)
def listing(request: HttpRequest, version_id: int, part: Part) -> HttpResponse:
    """The parts of one kind in a version; what differs from the version it came from is marked."""
    version = get_version(version_id)
    if part.is_sole:
        return redirect("admin:plans_protocolversion_part", version.pk, part.slug, version.code)
    known = entries(version.content, part.kind)
    changed = changes(version.based_on.content, version.content, part.kind) if version.based_on else {}
    asked = {name: request.GET.get(name, "") for name in ("q", "differs")}
    referring = references(version.protocol)
    rows = [
        _row(part, version.protocol, code, entry)
        | {
            "change": changed[code].value if code in changed else "",
            "referring": len(referring.get((part.kind, code), ())),
        }
        for code, entry in known.items()
    ]
    words = asked["q"].casefold().split()
    return version_page(
        request,
        "parts",
        version,
        str(part.several),
        part=part,
        asked=asked,
        total=len(rows),
        rows=[
            row
            for row in rows
            if all(word in row["searched"] for word in words) and (not asked["differs"] or row["change"])
        ],
        gone=_gone(version, part, changed),
    )


def _row(part: Part, protocol: Protocol, code: str, entry: Entry) -> dict[str, Any]:
    """An entry in the list."""
    language = get_language() or "nl"
    return {
        "code": code,
        "title": part.title(entry, language) or code,
        "cells": part.cells(protocol, code, entry, language),
        "evidence": EVIDENCE_WORDS.get(entry.get("evidence", ""), ""),
        "sources": entry.get("sources", ()),
        "searched": " ".join([code, *_texts(entry)]).casefold(),
    }


def _texts(value: object) -> list[str]:
    """Every text within an entry."""
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [str(value)]


def _gone(version: ProtocolVersion, part: Part, changed: Mapping[str, Change]) -> list[tuple[str, str]]:
    """What the version it came from has and this one has not: code and title."""
    if version.based_on is None:
        return []
    before, language = entries(version.based_on.content, part.kind), get_language() or "nl"
    return [(code, part.title(before[code], language)) for code, one in changed.items() if one is Change.REMOVED]


@requires(Act.GOVERN_PROTOCOL)
def add(request: HttpRequest, version_id: int, part: Part) -> HttpResponse:
    """Write a new entry: empty, as a copy of another one, or as one that the version it came from has."""
    version = get_version(version_id)
    if part.is_sole or not version.may_be_changed:
        raise Http404
    known, like = entries(version.content, part.kind), request.GET.get("like", "")
    before = entries(version.based_on.content, part.kind) if version.based_on else {}
    start = known.get(like) or before.get(like)
    code = like if start is not None and like not in known else ""
    form = sent_form(request, PartForm, part=part, protocol=version.protocol, like=start, code=code)
    if is_to_save(request) and form.is_valid():
        done = _saved(request, version, form, form.code)
        if done:
            return done
    title = _("New: %(kind)s") % {"kind": part.one}
    others = [(one, part.title(entry, get_language() or "nl")) for one, entry in known.items()]
    return _page(request, version, form, title, others=others, like=like if start is not None else "")


@requires(Act.GOVERN_PROTOCOL)
def entry(request: HttpRequest, version_id: int, part: Part, code: str) -> HttpResponse:
    """One entry: what it says, on what it rests, what refers to it; to change in a draft."""
    version = get_version(version_id)
    known = entries(version.content, part.kind).get(code)
    if known is None or (request.method == "POST" and not version.may_be_changed):
        address = reverse("admin:plans_protocolversion_part_add", args=[version.pk, part.slug])
        again = "" if known or part.is_sole or not version.may_be_changed else f"{address}?like={code}"
        labels = PartForm(request.POST, part=part, protocol=version.protocol).labels()
        return unsaved_page(request, version, code, labels, again=again, again_words=_("Add it again"))
    form = sent_form(request, PartForm, part=part, protocol=version.protocol, known=known)
    if is_to_save(request) and form.is_valid():
        done = _saved(request, version, form, code)
        if done:
            return done
    language = get_language() or "nl"
    before = entries(version.based_on.content, part.kind).get(code) if version.based_on else None
    return _page(
        request,
        version,
        form,
        part.title(known, language) or code,
        code=code,
        referring=_links(version, part.kind, code),
        change="" if version.based_on is None or before == known else "changed" if before is not None else "added",
        lines=[] if version.may_be_changed else to_read(form),
        cited=_cited(version, known),
        said=sentences(known["when"], terms_of(version)) if part.kind is Kind.DERIVED and known.get("when") else {},
    )


def _cited(version: ProtocolVersion, known: Entry) -> list[tuple[str, Entry]]:
    return [(key, version.protocol.sources.get(key, {})) for key in known.get("sources", ())]


def _saved(request: HttpRequest, version: ProtocolVersion, form: PartForm, code: str) -> HttpResponse | None:
    """Save the entry and go to it; None when something is wrong, which the form then says."""
    part = form.part
    seen, now = form.cleaned_data["seen"], timezone.now()
    about = {"version": version, "kind": part.kind, "code": code, "entry": form.entry()}
    elsewhere = kept(form, partial(governing.save_part, **about, seen=seen, by=request.user, now=now))
    if elsewhere is None:
        return None
    messages.success(request, _("Saved: %(what)s.") % {"what": code})
    for flaw in elsewhere:
        words = {"where": flaw.path, "what": in_words(flaw.message)}
        messages.warning(request, _("This now blocks publishing elsewhere, at %(where)s: %(what)s") % words)
    return redirect("admin:plans_protocolversion_part", version.pk, part.slug, code)


def _page(request: HttpRequest, version: ProtocolVersion, form: PartForm, title: str, **context: Any) -> HttpResponse:
    part, beside = form.part, {}
    if version.may_be_changed and part.has_evidence:
        beside["sources"] = sorted(version.protocol.sources.items())
    if version.may_be_changed and part.kind is Kind.DERIVED:
        beside["codes"] = code_list(terms_of(version), form["when"].value() or "")
    if version.may_be_changed and part.kind is Kind.TEMPLATE:
        beside |= _preview(version, form, context.get("code", ""))
    given = {"part": part, "form": form, "at": form.at, "button": BUTTON, **beside, **context}
    return version_page(request, "part", version, title, status=status_of(form), **given)


def _preview(version: ProtocolVersion, form: PartForm, code: str) -> dict[str, Any]:
    """The template as it is typed, or else as it is saved."""
    read = form.as_judged() if form.is_bound else None
    fixed = {key: form.known[key] for key in ("kind", "regions")} if form.known else {}
    typed = {**fixed, **read.entry()} if read and read.is_valid() else None
    preview = preview_of(version, code, typed)
    return {"preview": preview, "not_shown": bool(form.is_bound and preview and not preview.is_typed)}


def _links(version: ProtocolVersion, kind: Kind, code: str) -> list[dict[str, str]]:
    """What refers to an entry in this version: of what kind, called what, and where it is."""
    return [_link(version, one) for one in references(version.protocol).get((kind, code), ())]


def _link(version: ProtocolVersion, one: Reference) -> dict[str, str]:
    if one.kind is Kind.RULE:
        address = reverse("admin:plans_protocolversion_rule", args=[version.pk, one.code])
        return {"kind": kind_of_part(one.kind), "name": one.code, "address": address}
    part = PARTS[SLUGS[one.kind]]
    title = part.title(entries(version.content, one.kind)[one.code], get_language() or "nl")
    address = reverse("admin:plans_protocolversion_part", args=[version.pk, part.slug, one.code])
    return {"kind": kind_of_part(one.kind), "name": title, "address": address}


@requires(Act.GOVERN_PROTOCOL)
def remove(request: HttpRequest, version_id: int, part: Part, code: str) -> HttpResponse:
    """Take an entry out of a draft: asked first, and refused with what still refers to it."""
    version = get_version(version_id)
    if part.is_sole or not version.may_be_changed:
        raise Http404
    known, status = entries(version.content, part.kind).get(code), 200
    if request.method == "POST":
        status, done = _removed(request, version, part, code, known)
        if done:
            return done
    if known is None:
        raise Http404
    title = _("Remove: %(what)s") % {"what": part.title(known, get_language() or "nl") or code}
    return version_page(
        request,
        "part_remove",
        version,
        title,
        status=status,
        part=part,
        code=code,
        lines=to_read(PartForm(part=part, protocol=version.protocol, known=known)),
        referring=_links(version, part.kind, code),
        seen=part_hash(known),
    )


def _removed(
    request: HttpRequest, version: ProtocolVersion, part: Part, code: str, known: Entry | None
) -> tuple[int, HttpResponse | None]:
    """Take the entry out and go to the list; else the status of the page, with a message that says why not."""
    listed = redirect("admin:plans_protocolversion_parts", version.pk, part.slug)
    if known is None:
        messages.error(request, why_gone(version, code))
        return 302, listed
    seen, now = request.POST.get("seen", ""), timezone.now()
    try:
        governing.remove_part(version=version, kind=part.kind, code=code, seen=seen, by=request.user, now=now)
    except ChangedMeanwhile:
        messages.error(request, _("Somebody changed this after it was opened. Look at it again first."))
        return 409, None
    except Refused as refusal:
        messages.error(request, str(refusal))
        return 422, None
    messages.success(request, _("Removed from this draft: %(what)s.") % {"what": code})
    return 302, listed
