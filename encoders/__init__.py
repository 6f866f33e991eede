"""plastream: encoders."""
