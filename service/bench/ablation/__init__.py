"""`plastream bench ablation`: the mind without each of its parts; every part must earn its place."""
