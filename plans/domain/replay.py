"""Runs two versions of a protocol over the findings of past intakes, and says what moved. Pure."""

from dataclasses import replace

from intake.domain.conditions import Values
from plans.domain.outcome import Moved, moved
from plans.domain.protocol import Protocol, Rule
from plans.domain.suggest import conclude, rules_holding


class Comparison:
    """Two versions, made ready to be compared on many intakes.

    Where only rules differ, an intake on which none of those holds or fails in either version comes out the same; only
    the others are worked out in full.
    """

    def __init__(self, before: Protocol, after: Protocol) -> None:
        self.before, self.after = before, after
        self._only_rules_differ = _rest(before) == _rest(after)
        old, new = _rules(before), _rules(after)
        self._old = _with(before, [rule for code, rule in old.items() if not _alike(rule, new.get(code))])
        self._new = _with(after, [rule for code, rule in new.items() if not _alike(rule, old.get(code))])

    def moved(self, findings: Values) -> tuple[Moved, ...]:
        """What the later version says otherwise of these findings, the gravest first."""
        if self._only_rules_differ and not self._touched(findings):
            return ()
        return moved(conclude(findings, self.before), conclude(findings, self.after))

    def _touched(self, findings: Values) -> bool:
        return any(rules_holding(findings, one) for one in (self._old, self._new) if one.rules)


def _with(protocol: Protocol, rules: list[Rule]) -> Protocol:
    return replace(protocol, rules=tuple(rules))


def _rules(protocol: Protocol) -> dict[str, Rule]:
    return {rule.code: rule for rule in protocol.rules}


def _alike(rule: Rule, other: Rule | None) -> bool:
    """Whether two versions of a rule conclude the same of everybody."""
    if other is None:
        return False
    return (rule.when, rule.conclude, rule.holds_treatment) == (other.when, other.conclude, other.holds_treatment)


def _rest(protocol: Protocol) -> tuple[object, ...]:
    """What conclusions rest on besides the rules: derived findings, and which templates there are, of which kind."""
    kinds = {code: template.kind for code, template in protocol.templates.items()}
    return protocol.content["derived"], kinds
