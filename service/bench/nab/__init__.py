"""`plastream bench nab`: the Numenta Anomaly Benchmark, its data given by a folder."""
