"""Fill the database of the served Traject: sets Django up, and lets `people` do it."""

import argparse
from importlib import import_module

import django

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--weeks", type=int, default=1, help="with 500 visits each")
weeks = parser.parse_args().weeks
django.setup()
import_module("benchmarks.served.people").fill(weeks)
