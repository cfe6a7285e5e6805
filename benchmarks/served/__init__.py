"""Traject as it is served, beside two pages of the bare stack: what is behind the measurement of pages."""
