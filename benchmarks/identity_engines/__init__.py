"""The engines that the identity benchmark compares, each run as a module in its own process.

All of them read the same Parquet files, and normalise and hash the match keys by the same SQL:
that of `customer_platform.identity.key_sql`. Each writes `identity.customer_id_map` to a new DuckDB
file, and prints the seconds it worked, without the start of Python, as JSON.
"""
