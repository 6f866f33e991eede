"""`plastream bench skab`: faults of a test rig with several sensors that last, told from what is normal."""
