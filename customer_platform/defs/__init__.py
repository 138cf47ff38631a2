"""What this platform consists of: choices, no logic."""
