"""Cells and what may be said of them: types, units, faults, and what belongs to persons."""
