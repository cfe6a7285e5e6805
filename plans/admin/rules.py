"""The rules of a protocol version in the back office: to read, and to write while it is a draft."""

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
from django.views.decorators.http import require_POST

from intake.domain.conditions import Terms
from intake.domain.phrases import finding_in_words
from patients.policies import Refused
from plans.actions import governing
from plans.actions.making import ChangedMeanwhile, part_hash
from plans.admin.keeping import kept
from plans.admin.pages import get_version, is_to_save, sent_form, status_of, unsaved_page, version_page
from plans.admin.saying import (
    EVIDENCE_WORDS,
    RULE_KINDS,
    code_list,
    conclusion_in_words,
    kind_in_words,
    sentences,
    terms_of,
)
from plans.admin.unsaved import labels_of
from plans.admin.used import rule_use
from plans.domain.difference import changes
from plans.domain.editing import PlacedRule, UnknownPartError, placed_rule
from plans.domain.parts import Kind
from plans.domain.protocol import Protocol, Rule
from plans.forms.answers import EXAMPLE_KINDS, EXAMPLES
from plans.forms.asked import Stock
from plans.forms.flaws import in_words
from plans.forms.rows import AskedForm
from plans.forms.rules import KINDS, RuleForm, initial_of, kind_of
from plans.models import Deviation, ProtocolVersion
from practice.access import requires
from practice.domain.grants import Act

DEVIATION_WORDS = dict(Deviation._meta.get_field("reason").flatchoices)


@requires(Act.GOVERN_PROTOCOL)
def rules(request: HttpRequest, version_id: int) -> HttpResponse:
    """The rules of a version, by kind, evidence, source and words."""
    version = get_version(version_id)
    protocol, terms = version.protocol, terms_of(version)
    asked = {name: request.GET.get(name, "") for name in ("q", "kind", "evidence", "source")}
    changed = changes(version.based_on.content, version.content, Kind.RULE) if version.based_on else {}
    rows = [
        _row(rule, protocol, terms) | {"change": changed[rule.code].value if rule.code in changed else ""}
        for rule in protocol.rules
        if _is_asked(rule, asked)
    ]
    words = asked["q"].casefold().split()
    return version_page(
        request,
        "rules",
        version,
        _("Rules"),
        rows=[row for row in rows if all(word in row["searched"] for word in words)],
        total=len(protocol.rules),
        asked=asked,
        kinds=KINDS.items(),
        evidence=EVIDENCE_WORDS.items(),
        sources=sorted({key for rule in protocol.rules for key in rule.backing.sources}),
    )


def _is_asked(rule: Rule, asked: Mapping[str, str]) -> bool:
    evidence = rule.backing.evidence.value if rule.backing.evidence else ""
    return (
        asked["kind"] in ("", RULE_KINDS[type(rule.conclude)])
        and asked["evidence"] in ("", evidence)
        and (not asked["source"] or asked["source"] in rule.backing.sources)
    )


def _row(rule: Rule, protocol: Protocol, terms: Terms) -> dict[str, Any]:
    """A rule in the list."""
    language = get_language() or "nl"
    sentence = rule.when.describe(language, terms)
    conclusion = conclusion_in_words(rule.conclude, protocol)
    searched = (rule.code, sentence, conclusion, rule.explanation.nl, rule.explanation.en, rule.when.to_text())
    return {
        "code": rule.code,
        "kind": kind_in_words(rule),
        "conclusion": conclusion,
        "sentence": sentence,
        "evidence": EVIDENCE_WORDS.get(rule.backing.evidence.value if rule.backing.evidence else "", ""),
        "sources": rule.backing.sources,
        "searched": " ".join(searched).casefold(),
    }


@requires(Act.GOVERN_PROTOCOL)
def rule_add(request: HttpRequest, version_id: int, kind: str) -> HttpResponse:
    """Write a new rule of one kind."""
    version = get_version(version_id)
    if kind not in KINDS or not version.may_be_changed:
        raise Http404
    form = sent_form(request, RuleForm, protocol=version.protocol, kind=kind)
    if is_to_save(request) and form.is_valid():
        done = _saved(request, version, form)
        if done:
            return done
    title = _("New rule: %(kind)s") % {"kind": KINDS[kind]}
    return _rule_page(request, version, form, title, None)


@requires(Act.GOVERN_PROTOCOL)
def rule(request: HttpRequest, version_id: int, code: str) -> HttpResponse:
    """One rule: what it says, on what it rests, how it was used; to change in a draft."""
    version = get_version(version_id)
    placed = _placed(version, code)
    if placed is None or (request.method == "POST" and not version.may_be_changed):
        again = "" if placed else reverse("admin:plans_protocolversion_rules", args=[version.pk])
        return unsaved_page(
            request,
            version,
            code,
            _labels(request, version),
            again=again,
            again_words=_("Add a rule from the list of rules"),
        )
    initial = initial_of(placed) | {"seen": part_hash(placed.content)}
    about = {"protocol": version.protocol, "kind": kind_of(placed.content), "placed": placed, "initial": initial}
    form = sent_form(request, RuleForm, **about)
    if is_to_save(request) and form.is_valid():
        done = _saved(request, version, form)
        if done:
            return done
    return _rule_page(request, version, form, code, placed)


def _placed(version: ProtocolVersion, code: str) -> PlacedRule | None:
    try:
        return placed_rule(version.content, code)
    except UnknownPartError:
        return None


def _labels(request: HttpRequest, version: ProtocolVersion) -> dict[str, str]:
    """What the fields of a rule are called, whatever it concluded, with the examples that were sent."""
    examples = AskedForm(request.POST, asked=(EXAMPLES,), stock=Stock(version.protocol), entry={})
    return labels_of(RuleForm.base_fields) | examples.labels()


def _saved(request: HttpRequest, version: ProtocolVersion, form: RuleForm) -> HttpResponse | None:
    """Save the rule and go back to it; None when something is wrong, which the form then says."""
    placed = form.placed_rule()
    seen, now = form.cleaned_data["seen"], timezone.now()
    save = partial(governing.save_rule, version=version, placed=placed, seen=seen, by=request.user, now=now)
    warnings = kept(form, save)
    if warnings is None:
        return None
    messages.success(request, _("The rule is saved."))
    for flaw in warnings:
        messages.warning(request, in_words(flaw.message.partition(": ")[2]))
    return redirect("admin:plans_protocolversion_rule", version.pk, placed.content["code"])


def _rule_page(
    request: HttpRequest, version: ProtocolVersion, form: RuleForm, title: str, placed: PlacedRule | None
) -> HttpResponse:
    terms = terms_of(version)
    condition = form["when"].value() or ""
    protocol = version.protocol
    shown = protocol.rule(placed.content["code"]) if placed else None
    return version_page(
        request,
        "rule",
        version,
        title,
        status=status_of(form),
        form=form,
        at=form.at,
        rule=shown,
        placed=placed,
        kind=KINDS[form.kind],
        conclusion=conclusion_in_words(shown.conclude, protocol) if shown else "",
        evidence=EVIDENCE_WORDS.get(placed.content.get("evidence"), "") if placed else "",
        examples=_examples(placed, terms),
        cited=[(key, protocol.sources.get(key, {})) for key in shown.backing.sources] if shown else [],
        said=sentences(condition, terms),
        before=_in_base(version, placed),
        codes=code_list(terms, condition),
        sources=sorted(protocol.sources.items()),
        **(_use(version, shown) if shown else {}),
        seen=part_hash(placed.content) if placed else "",
    )


def _examples(placed: PlacedRule | None, terms: Terms) -> list[tuple[str, str]]:
    """The examples of a rule in words: of which kind, and the findings they give."""
    reader = get_language() or "nl"
    return [
        (
            EXAMPLE_KINDS.get(example["kind"], example["kind"]),
            "; ".join(finding_in_words(code, value, terms, reader) for code, value in example["given"].items()),
        )
        for example in (placed.content.get("examples", ()) if placed else ())
    ]


def _use(version: ProtocolVersion, shown: Rule) -> dict[str, Any]:
    """What became of the rule, with the names of what was chosen in its place and why."""
    use, templates = rule_use(version, shown), version.protocol.templates
    language = get_language() or "nl"
    names = {code: templates[code].title.in_language(language) if code in templates else code for code in use.chosen}
    return {
        "use": use,
        "chosen": [(names[code], number) for code, number in use.chosen.most_common()],
        "reasons": [(DEVIATION_WORDS.get(code, code), number) for code, number in use.reasons.most_common() if code],
    }


def _in_base(version: ProtocolVersion, placed: PlacedRule | None) -> dict[str, str]:
    """The condition as a sentence in the version that the draft was made of, where it reads otherwise."""
    if placed is None or version.based_on is None:
        return {}
    try:
        before = placed_rule(version.based_on.content, placed.content["code"]).content
    except UnknownPartError:
        return {}
    return sentences(before["when"], terms_of(version.based_on)) if before["when"] != placed.content["when"] else {}


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def rule_retire(request: HttpRequest, version_id: int, code: str) -> HttpResponse:
    """Take a rule out of a draft."""
    version = get_version(version_id)
    try:
        governing.retire_rule(
            version=version, code=code, seen=request.POST.get("seen", ""), by=request.user, now=timezone.now()
        )
    except ChangedMeanwhile:
        messages.error(request, _("Somebody changed this rule after it was opened. Look at it again first."))
        return redirect("admin:plans_protocolversion_rules", version.pk)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:plans_protocolversion_rules", version.pk)
    messages.success(request, _("The rule %(code)s is retired from this draft.") % {"code": code})
    return redirect("admin:plans_protocolversion_rules", version.pk)
