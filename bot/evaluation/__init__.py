"""Measures understanding on labelled messages: figures, a report, and Rasa's default beside."""
