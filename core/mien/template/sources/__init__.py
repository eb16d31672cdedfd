"""One file per head template."""
