"""`mien bench`: the figures Mien promises, measured. One `*_rows.py` file per group of rows."""
