"""Evaluation: how near renders are to photographs, in the field's numbers, and the report of it."""
