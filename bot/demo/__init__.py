"""Fernhill, the demo shop: made from ``data/demo`` and a seed, always as of now."""
