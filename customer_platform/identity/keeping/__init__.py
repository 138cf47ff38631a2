"""A customer ID map that is kept: its state, its history, and updates that cost what they touch."""
