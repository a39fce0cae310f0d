"""Youyi: an open trade platform for the China-ASEAN Free Trade Area."""

__version__ = "0.1.0"
