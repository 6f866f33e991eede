"""Training as a person at a shell sees it: settings, progress, the curve. torch stays in plastic_core."""
