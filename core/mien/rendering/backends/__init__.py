"""The renderers, one module each; found by scan."""
