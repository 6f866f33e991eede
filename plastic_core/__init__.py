"""plastream: plastic_core."""
