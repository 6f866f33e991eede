"""The workers as Ray actors: placed, watched and replaced. Ray is known here and nowhere else."""
