"""What `mien doctor` looks at: one module per area, each a function that yields checks."""
