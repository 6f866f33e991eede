"""Training of slow weights by gradient through whole episodes: settings, schedule, loop, checkpoints, logs, teams."""
