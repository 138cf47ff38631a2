"""What a person at the desk asks of a map: why, what if, who decides, and how good it is."""
