"""Tests of examples/ci, which no folder of the package has a mirror of.

What companies copy into their repository is read as their CI service reads it, and run step by
step by a runner of ours: from a bare clone, against a production home with data.
"""
