"""A small protocol over the sample questionnaire, with one of everything."""

import copy
from typing import Any

import yaml

from intake.domain.findings import Context, Findings, derive
from plans.domain.protocol import Protocol, compose
from tests.intake.domain.sample import sample as sample_questionnaire

_PARTS = """
protocol:
  code: back
  version: 7
  regions: [low]
  title: {nl: Rug, en: Back}
  valid_from: 2026-11-22
  labels:
    cauda: {nl: Caudasyndroom, en: Cauda equina syndrome}
rules:
  flags:
    rules:
      - code: cauda_saddle
        when: numb_saddle is yes
        conclude: {red_flag: cauda, urgency: emergency}
        explanation: {nl: Doof zadel past bij caudasyndroom., en: A numb saddle fits cauda equina syndrome.}
        action: {nl: Bel nu., en: Phone now.}
        sources: [book]
        evidence: verified
        examples:
          - {kind: holds, given: {numb_saddle: true}}
          - {kind: does_not_hold, given: {numb_saddle: false}}
          - {kind: unknown, given: {}}
          - {kind: boundary, given: {numb_saddle: true, weeks: 500}, expect: true}
      - code: cauda_weak
        when: weak is yes and night_pain is yes
        conclude: {red_flag: cauda, urgency: within_24h}
        explanation: {nl: Krachtverlies met nachtpijn., en: Weakness with night pain.}
        sources: [book]
        evidence: proposal
        examples:
          - {kind: holds, given: {strength_left: 2, night_pain: true}}
          - {kind: does_not_hold, given: {night_pain: false}}
          - {kind: unknown, given: {night_pain: true}}
          - {kind: boundary, given: {strength_left: 3, night_pain: true}, expect: true}
      - code: fracture_high_fall
        when: high_fall is yes
        conclude: {red_flag: fracture, urgency: within_week}
        explanation: {nl: Val van hoogte., en: A fall from a height.}
        sources: [book]
        evidence: proposal
        examples:
          - {kind: holds, given: {high_fall: true}}
          - {kind: does_not_hold, given: {high_fall: false}}
          - {kind: unknown, given: {onset: fall}}
          - {kind: boundary, given: {high_fall: true, age: 16}, expect: true}
      - code: tumour_night_pain
        when: night_pain is yes and age >= 50
        conclude: {red_flag: tumour, urgency: within_week}
        explanation: {nl: Nachtpijn boven de 50., en: Night pain over 50.}
        sources: [book]
        evidence: proposal
        examples:
          - {kind: holds, given: {night_pain: true, age: 70}}
          - {kind: does_not_hold, given: {night_pain: false}}
          - {kind: unknown, given: {night_pain: true}}
          - {kind: boundary, given: {night_pain: true, age: 50}, expect: true}
      - code: gp_weak
        when: weak is yes
        conclude: {referral: gp, urgency: within_week}
        holds_treatment: true
        explanation: {nl: Krachtverlies hoort bij de huisarts., en: Weakness belongs with the GP.}
        sources: [book]
        evidence: proposal
        examples:
          - {kind: holds, given: {strength_left: 2}}
          - {kind: does_not_hold, given: {strength_left: 5, strength_right: 5}}
          - {kind: unknown, given: {strength_left: 5}}
          - {kind: boundary, given: {strength_left: 3}, expect: true}
      - code: gp_long
        when: weeks > 12
        conclude: {referral: gp, urgency: routine}
        explanation: {nl: Lang bestaande klacht., en: Long-standing complaint.}
        sources: [book]
        evidence: proposal
        examples:
          - {kind: holds, given: {weeks: 20}}
          - {kind: does_not_hold, given: {weeks: 2}}
          - {kind: unknown, given: {}}
          - {kind: boundary, given: {weeks: 12}, expect: false}
  plans:
    rules:
      - code: plan_acute
        when: duration is acute and night_pain is no
        conclude: {template: short_course, rank: 50}
        explanation: {nl: Korter dan 6 weken., en: Less than 6 weeks.}
        sources: [book]
        evidence: proposal
        examples:
          - {kind: holds, given: {weeks: 2, night_pain: false}}
          - {kind: does_not_hold, given: {weeks: 8}}
          - {kind: unknown, given: {weeks: 2}}
          - {kind: boundary, given: {weeks: 6, night_pain: false}, expect: false}
      - code: plan_chronic
        when: duration is chronic
        conclude: {template: long_course, rank: 60}
        explanation: {nl: Langer dan 12 weken., en: More than 12 weeks.}
        sources: [book]
        evidence: proposal
        examples:
          - {kind: holds, given: {weeks: 20}}
          - {kind: does_not_hold, given: {weeks: 8}}
          - {kind: unknown, given: {}}
          - {kind: boundary, given: {weeks: 12}, expect: false}
      - code: no_plan
        when: pain <= 1
        conclude: {outcome: no_course_needed, rank: 55}
        explanation: {nl: Nauwelijks pijn., en: Hardly any pain.}
        sources: [book]
        evidence: proposal
        examples:
          - {kind: holds, given: {pain: 0}}
          - {kind: does_not_hold, given: {pain: 5}}
          - {kind: unknown, given: {}}
          - {kind: boundary, given: {pain: 1}, expect: true}
      - code: needling_possible
        when: nature includes sharp
        conclude: {technique: needling, gate: possible}
        explanation: {nl: Scherpe pijn., en: Sharp pain.}
        sources: [book]
        evidence: unverified
        examples:
          - {kind: holds, given: {nature: [sharp]}}
          - {kind: does_not_hold, given: {nature: [dull]}}
          - {kind: unknown, given: {}}
          - {kind: boundary, given: {nature: []}, expect: false}
      - code: needling_block
        when: leg_pain is yes
        conclude: {technique: needling, gate: block}
        explanation: {nl: Niet bij beenpijn., en: Not with leg pain.}
        sources: [book]
        evidence: proposal
        examples:
          - {kind: holds, given: {leg_pain: true}}
          - {kind: does_not_hold, given: {leg_pain: false}}
          - {kind: unknown, given: {}}
          - {kind: boundary, given: {leg_pain: true, nature: [sharp]}, expect: true}
      - code: advice_move
        when: weeks >= 0
        conclude: {advice: move}
        explanation: {nl: Altijd., en: Always.}
        sources: [book]
        evidence: proposal
        examples:
          - {kind: holds, given: {weeks: 3}}
          - {kind: does_not_hold, given: {weeks: -1}}
          - {kind: unknown, given: {}}
          - {kind: boundary, given: {weeks: 0}, expect: true}
      - code: note_uneven
        when: uneven >= 2
        conclude: {note: uneven_strength}
        explanation: {nl: Verschil in kracht., en: Uneven strength.}
        sources: [book]
        evidence: proposal
        examples:
          - {kind: holds, given: {strength_left: 5, strength_right: 2}}
          - {kind: does_not_hold, given: {strength_left: 5, strength_right: 5}}
          - {kind: unknown, given: {strength_left: 5}}
          - {kind: boundary, given: {strength_left: 5, strength_right: 3}, expect: true}
      - code: scope_young
        when: age < 16
        conclude: {scope: outside_guideline}
        explanation: {nl: Jonger dan 16., en: Younger than 16.}
        sources: [book]
        evidence: verified
        examples:
          - {kind: holds, given: {age: 12}}
          - {kind: does_not_hold, given: {age: 30}}
          - {kind: unknown, given: {}}
          - {kind: boundary, given: {age: 16}, expect: false}
techniques:
  techniques:
    - code: needling
      category: needling
      title: {nl: Naald, en: Needle}
      plain: {nl: Een prik., en: A prick.}
      special_procedure: true
      adjunct_only: true
      sources: [book]
      evidence: unverified
    - code: exercise
      category: exercise
      title: {nl: Oefenen, en: Exercise}
      plain: {nl: Oefenen., en: Exercise.}
      special_procedure: false
      adjunct_only: false
      sources: [book]
      evidence: verified
exercises:
  exercises:
    - code: walk
      category: aerobic
      title: {nl: Wandelen, en: Walking}
      instruction: {nl: Wandel., en: Walk.}
      dose: {nl: Elke dag., en: Every day.}
      sources: [book]
      evidence: verified
advice:
  advice:
    - code: move
      title: {nl: Beweeg, en: Move}
      text: {nl: Blijf bewegen., en: Keep moving.}
      when_given: intake
      sources: [book]
      evidence: verified
templates:
  short_course: &course
    code: short_course
    version: 1
    kind: course
    title: {nl: Kort, en: Short}
    summary: {nl: Kort traject., en: Short course.}
    regions: [low]
    sources: [book]
    evidence: proposal
    weeks: 4
    session_minutes: 30
    goals: [{code: pain, text: {nl: Minder pijn., en: Less pain.}, measure: pain, target: {kind: percent, value: 30}}]
    phases:
      - &phase
        code: settle
        title: {nl: Rust, en: Settle}
        aim: {nl: Rust., en: Settle.}
        weeks: 1
        sessions_per_week: 2
        techniques: [{code: exercise, core: true, dose: {nl: 10 minuten, en: 10 minutes}}]
        exercises: [walk]
        home_programme: {nl: Wandel., en: Walk.}
        go_on_when: {nl: Beter., en: Better.}
      - code: build
        title: {nl: Opbouw, en: Build}
        aim: {nl: Opbouw., en: Build.}
        weeks: 3
        sessions_per_week: 0.5
        techniques: [{code: needling, core: false, dose: {nl: kort, en: short}}]
        exercises: [walk]
    measurements: [{week: 0, instruments: [pain, disability]}, {week: 4, instruments: [pain]}]
    evaluation_weeks: [4]
    later_check_week: 12
    advice: [move]
    prevention: [move]
    safety_net: [move]
  long_course:
    <<: *course
    code: long_course
    title: {nl: Lang, en: Long}
    weeks: 8
    phases:
      - {<<: *phase, weeks: 8, sessions_per_week: 1}
sources:
  book: {title: A book, year: 2020, url: https://example.org}
"""

_LOADED: dict[str, Any] = yaml.safe_load(_PARTS)

QUESTIONNAIRE = sample_questionnaire()


def protocol_parts() -> dict[str, Any]:
    """A fresh copy, to be changed at will."""
    return copy.deepcopy(_LOADED)


def sample_protocol() -> Protocol:
    return compose(protocol_parts())


def findings(answers: dict[str, Any], age: int | None = None) -> Findings:
    return derive(answers, Context(age=age), QUESTIONNAIRE)
