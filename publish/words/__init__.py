"""Texts, formats, units and names for people."""
