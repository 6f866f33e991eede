"""Speed, as rates and ratios measured in one run."""
