"""`plastream bench forecast`: rows of any CSV foretold before they are learned, beside baselines in the same run."""
