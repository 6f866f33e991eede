"""Acting for reward: what a world promises, an agent that learns to act, and the worlds."""
