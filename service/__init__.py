"""plastream: service."""
