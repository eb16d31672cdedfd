"""Metrics of renders against photographs, over whole captures, and the reports of them."""
