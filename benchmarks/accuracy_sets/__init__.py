"""The data sets on which accuracy is measured, and how each engine is told to match them."""
