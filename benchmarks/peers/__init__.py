"""Schedulers that a user could take instead: each speaks of the neutral instance in common.py and of nothing else."""
