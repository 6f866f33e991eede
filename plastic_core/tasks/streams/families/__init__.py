"""Families of synthetic streams, each a function of a random generator; see contract.py."""
