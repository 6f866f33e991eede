"""What plastic networks are trained on: contract, catalogue, and one file a task."""
