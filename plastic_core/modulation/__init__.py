"""What is worth remembering: a signal M(t) from surprise, reward and novelty, and associations that wait for it."""
