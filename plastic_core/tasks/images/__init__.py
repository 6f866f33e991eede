"""Reconstruction of natural images from one half: where the pictures come from, and the task."""
