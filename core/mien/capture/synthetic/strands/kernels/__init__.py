"""What is compiled: loops over all strands of a head."""
