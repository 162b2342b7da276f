"""Junheng (均衡): from a county's school exports to difference coefficients that can be trusted."""

__version__ = "0.2.0"
