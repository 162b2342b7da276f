"""The ways in which files lay out their records, and which of them a file has."""
