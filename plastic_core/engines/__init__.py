"""Engines: a recurrent plastic network advanced over many ticks, computed in different ways."""
