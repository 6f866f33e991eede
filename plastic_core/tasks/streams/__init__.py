"""Synthetic streams: a mixture of families, and a network that has to predict them; see task.py."""
