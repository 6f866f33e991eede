"""`plastream bench reward`: what is rewarded 20 ticks later is learned, what is not is not; and what is left of it."""
