"""Engines: the same step of neurons, trace and readout, computed in different ways."""
