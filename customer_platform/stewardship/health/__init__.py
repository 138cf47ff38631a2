"""Whether a map is healthy, judged by records and map alone: figures, bounds and findings."""
