"""`plastream bench noise`: what is perceived through injected faults, against the truth that they hide."""
