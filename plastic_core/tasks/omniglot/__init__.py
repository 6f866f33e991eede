"""One-shot recognition of written characters: the drawings, the network, the task, and the official 20-run test."""
