"""The settings of Traject, with the two pages of the bare stack added."""

from pathlib import Path

from config.settings import *  # noqa: F403, TID251 - these settings are those ones plus two pages
from config.settings import TEMPLATES  # noqa: TID251

ROOT_URLCONF = "benchmarks.served.urls"
TEMPLATES[0]["DIRS"].append(Path(__file__).parent / "templates")
