"""What is measured of the networks alone; each module runs as a process of its own and prints one line of JSON."""
