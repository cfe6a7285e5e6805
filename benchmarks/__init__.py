"""Measurements of Traject: every module here with `measure(seed)` is one; `make bench` runs them."""
