"""Custom Rasa graph components: how the brain reads a message."""
