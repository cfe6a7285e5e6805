"""A small questionnaire with one of everything, for tests of the domain."""

import copy
from typing import Any

import yaml

from intake.domain.composing import compose
from intake.domain.questionnaire import Questionnaire

_PARTS = """
questionnaires:
  back:
    code: back
    version: 3
    region: low
    title: {nl: Rug, en: Back}
    sections:
      - complaint
      - {section: measurements, title: {nl: Metingen, en: Measurements}, instruments: [risk, disability, pain]}
    extra_items:
      - section: complaint
        items:
          - {code: leg_pain, kind: yes_no, label: {nl: Beenpijn, en: Leg pain}}
    derived: [common]
items:
  complaint:
    section: complaint
    title: {nl: Klacht, en: Complaint}
    help: {nl: Vraag rustig door., en: Take your time.}
    items:
      - code: weeks
        kind: number
        label: {nl: Weken sinds begin, en: Weeks since onset}
        unit: weeks
        minimum: 0
        maximum: 4000
        decimals: 1
        required: always
      - code: onset
        kind: choice
        label: {nl: Begin, en: Onset}
        choices:
          - {code: sudden, label: {nl: plotseling, en: sudden}}
          - {code: gradual, label: {nl: geleidelijk, en: gradual}}
          - {code: fall, label: {nl: na een val, en: after a fall}}
      - code: high_fall
        kind: yes_no
        label: {nl: Val van hoogte, en: Fall from a height}
        red_flag: true
        ask_when: onset is fall
        sources: [book]
        evidence: verified
      - code: head_hit
        kind: yes_no
        label: {nl: Hoofd geraakt, en: Head was hit}
        ask_when: high_fall is yes
      - code: numb_saddle
        kind: yes_no
        label: {nl: Doof gevoel zadel, en: Numb saddle}
        red_flag: true
        required: direct_access
        shown: core
      - code: night_pain
        kind: yes_no
        label: {nl: Nachtpijn, en: Night pain}
        red_flag: true
      - code: nature
        kind: choices
        label: {nl: Aard, en: Nature}
        choices:
          - {code: dull, label: {nl: dof, en: dull}}
          - {code: sharp, label: {nl: scherp, en: sharp}}
          - {code: burning, label: {nl: brandend, en: burning}}
          - {code: none, label: {nl: geen, en: none}, exclusive: true}
      - {code: strength_left, kind: number, label: {nl: Kracht links, en: Strength left}, minimum: 0, maximum: 5}
      - {code: strength_right, kind: number, label: {nl: Kracht rechts, en: Strength right}, minimum: 0, maximum: 5}
      - {code: neck_pain, kind: yes_no, label: {nl: Nekpijn, en: Neck pain}, regions: [neck]}
      - {code: words, kind: long_text, label: {nl: In eigen woorden, en: In own words}}
      - {code: job, kind: text, label: {nl: Beroep, en: Occupation}, carry_over: true, codes: {icf: d850}}
instruments:
  risk:
    code: risk
    version: 1
    title: {nl: Risico, en: Risk}
    direction: lower_is_better
    items:
      - {code: risk_1, kind: yes_no, label: {nl: R1, en: R1}}
      - {code: risk_2, kind: yes_no, label: {nl: R2, en: R2}}
      - code: risk_3
        kind: choice
        label: {nl: R3, en: R3}
        choices:
          - {code: little, label: {nl: weinig, en: little}}
          - {code: much, label: {nl: veel, en: much}}
    scores:
      - code: risk_total
        label: {nl: Totaal, en: Total}
        method: sum
        items: [risk_1, risk_2, risk_3]
        points: {risk_3: {little: 0, much: 1}}
        minimum: 0
        maximum: 3
        bands: [{code: low, up_to: 1, label: {nl: laag, en: low}}, {code: high, label: {nl: hoog, en: high}}]
        sources: [book]
        evidence: verified
      - code: risk_mind
        label: {nl: Deelscore, en: Subscore}
        method: sum
        items: [risk_2, risk_3]
        points: {risk_3: {little: 0, much: 1}}
        minimum: 0
        maximum: 2
    groups:
      code: risk_group
      rules:
        - {when: risk_mind >= 2, code: high, label: {nl: hoog, en: high}}
        - {when: risk_total <= 1, code: low, label: {nl: laag, en: low}}
        - {when: risk_total >= 2, code: medium, label: {nl: midden, en: medium}}
    entered_totals: [risk_total]
  disability:
    code: disability
    version: 1
    title: {nl: Beperking, en: Disability}
    direction: lower_is_better
    items:
      - {code: disability_1, kind: scale, label: {nl: D1, en: D1}, minimum: 0, maximum: 5}
      - {code: disability_2, kind: scale, label: {nl: D2, en: D2}, minimum: 0, maximum: 5}
      - {code: disability_3, kind: scale, label: {nl: D3, en: D3}, minimum: 0, maximum: 5}
    scores:
      - code: disability_total
        label: {nl: Beperking, en: Disability}
        method: sum_scaled
        items: [disability_1, disability_2, disability_3]
        minimum: 0
        maximum: 100
        scale_to: 100
        missing_allowed: 1
        unit: percent
        relevant_change:
          - {kind: absolute, value: 10, sources: [book], evidence: verified}
          - {kind: percent, value: 30, sources: [book], evidence: verified}
    entered_totals: [disability_total]
  pain:
    code: pain
    version: 1
    title: {nl: Pijn, en: Pain}
    direction: lower_is_better
    items:
      - {code: pain, kind: scale, label: {nl: Pijn, en: Pain}}
    scores:
      - code: pain
        label: {nl: Pijn, en: Pain}
        method: sum
        items: [pain]
        minimum: 0
        maximum: 10
        relevant_change: [{kind: absolute, value: 2}]
derived:
  common:
    derived:
      - code: duration
        kind: band
        of: weeks
        label: {nl: Duur, en: Duration}
        bands:
          - {code: acute, below: 6, label: {nl: acuut, en: acute}}
          - {code: subacute, up_to: 12, label: {nl: subacuut, en: subacute}}
          - {code: chronic, label: {nl: chronisch, en: chronic}}
        sources: [book]
        evidence: verified
      - {code: weakest, kind: minimum, of: [strength_left, strength_right], label: {nl: Zwakste, en: Weakest}}
      - {code: strongest, kind: maximum, of: [strength_left, strength_right], label: {nl: Sterkste, en: Strongest}}
      - code: weak
        kind: when
        when: any of [strength_left, strength_right] <= 3
        label: {nl: Krachtverlies, en: Weakness}
      - {code: uneven, kind: difference, of: [strongest, weakest], label: {nl: Verschil, en: Difference}}
      - {code: alarming, kind: when, when: weak is yes or numb_saddle is yes, label: {nl: Alarm, en: Alarm}}
      - code: profile
        kind: classify
        label: {nl: Profiel, en: Profile}
        rules:
          - {when: risk_group is high, code: heavy, label: {nl: zwaar, en: heavy}}
          - {when: weeks < 6, code: light, label: {nl: licht, en: light}}
      - {code: any_strength, kind: first_known, of: [strength_left, strength_right], label: {nl: Kracht, en: Strength}}
      - {code: stiff_neck, kind: when, when: neck_pain is yes, label: {nl: Nek, en: Neck}}
sources:
  book: {title: A book, year: 2020, url: https://example.org}
"""

_LOADED: dict[str, Any] = yaml.safe_load(_PARTS)


def sample_parts() -> dict[str, Any]:
    """A fresh copy, to be changed at will."""
    return copy.deepcopy(_LOADED)


def sample() -> Questionnaire:
    return compose(sample_parts())
