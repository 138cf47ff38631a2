"""How a person's values are looked for in bytes, files and databases; `privacy.scan` uses it."""
