"""Resolution as a Spark job: Spark moves integers and whole components, the engine does the rest.

A record is known by its *node*, the hash that orders it. The stages, each in a file of its own:
staging, shared values, components, shards, the engine on each shard, and what is put together.
"""
