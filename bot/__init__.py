"""Onecounter: one counter, every channel. Importing this package does nothing else."""

__version__ = "0.1.0"
