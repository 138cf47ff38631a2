"""Which records are one, and whose: links, constraints, clusters and IDs, without SQL."""
