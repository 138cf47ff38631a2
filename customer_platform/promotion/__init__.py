"""A change on its way to production: planned, approved, applied, rolled back."""
