"""How fast formats and encoders are, measured in this process."""
