"""Screens of when and where, for the desk and for who treats."""
