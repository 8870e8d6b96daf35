"""Providers that cannot run here, played in this process: they check what they are sent."""
