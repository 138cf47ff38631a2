"""The records that the identity benchmark resolves: people as in the demo, and hard shapes."""
