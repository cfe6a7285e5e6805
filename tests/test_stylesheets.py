"""The weight of what a first visit transfers, and the contrast of the colours that axe does not look at."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings

STATIC = Path(__file__).resolve().parent.parent / "static"
KILOBYTE = 1024
CSS_BUDGET, JS_BUDGET = 45 * KILOBYTE, 35 * KILOBYTE
TEXT, CONTROL = 4.5, 3.0  # WCAG 2.2: 1.4.3 and 1.4.11
TOKEN = re.compile(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)")
TOKENS = {name: modes for name, *modes in TOKEN.findall((STATIC / "css" / "tokens.css").read_text())}


def weight(*files: Path) -> int:
    """What these files weigh on the wire; gzip is the heavier of the two ways we send them."""
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


def test_styles_are_light() -> None:
    bootstrap = Path(settings.BOOTSTRAP_DIR) / "css" / "bootstrap.min.css"
    assert weight(bootstrap, *(STATIC / "css").glob("*.css")) <= CSS_BUDGET


def test_scripts_are_light() -> None:
    assert weight(*(STATIC / "js").glob("*.js")) <= JS_BUDGET


def luminance(colour: str) -> float:
    """The relative luminance of #rgb or #rrggbb, as WCAG defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("colour", "ground", "least"),
    [
        ("text", "page", TEXT),
        ("text", "surface", TEXT),
        ("text", "accent-tint", TEXT),
        ("muted", "page", TEXT),
        ("muted", "surface", TEXT),
        ("accent", "page", TEXT),
        ("accent", "surface", TEXT),
        ("accent", "accent-tint", TEXT),
        ("on-accent", "accent", TEXT),
        ("on-accent", "accent-strong", TEXT),
        ("danger", "danger-tint", TEXT),
        ("danger", "surface", TEXT),
        ("warning", "warning-tint", TEXT),
        ("success", "success-tint", TEXT),
        ("edge", "page", CONTROL),
        ("edge", "surface", CONTROL),
        ("accent", "line", CONTROL),
    ],
)
def test_a_colour_stands_out_from_its_ground(colour: str, ground: str, least: float, mode: int) -> None:
    assert contrast(TOKENS[colour][mode], TOKENS[ground][mode]) >= least


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
