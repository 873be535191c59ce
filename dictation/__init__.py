"""Dictation: press a key, speak, and the words stand where the cursor is."""

__version__ = "0.1.0"
