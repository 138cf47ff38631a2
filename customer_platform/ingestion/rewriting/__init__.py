"""How one file is written again without some of its rows; `ingestion.rewrite` uses it."""
