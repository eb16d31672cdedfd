"""Controls of the studio's own: they know numbers, names and pictures, never the session."""
