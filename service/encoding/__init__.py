"""What `plastream encoder` does: pictures of codes, checks and scaffolds of plug-ins."""
