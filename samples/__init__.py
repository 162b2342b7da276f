"""Fictional deliveries: the sample county 示范县 with its planted cases, and larger areas for tests and benchmarks."""
