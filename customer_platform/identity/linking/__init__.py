"""Which records are one: links by rule, clusters, and the proof of each."""
