"""Plastic cells: torch modules with slow weights that learn by gradient and traces that learn by living."""
