"""The demo: the main job on recorded or live sensors of a machine, watched in the terminal."""
