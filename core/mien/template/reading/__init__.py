"""Reading the files templates come in."""
