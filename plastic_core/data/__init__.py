"""Public data sets for experiments: where they lie, where they come from, and how they get here."""
