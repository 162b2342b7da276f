"""Benchmarks: our build at national size against hand-written SQL and a pandas script (docs/benchmarks.md)."""
