"""The document, the commands that change it, and its history."""
