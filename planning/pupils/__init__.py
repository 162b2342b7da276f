"""Pupils of the coming years: cohorts, bands, rooms and verdicts to come."""
