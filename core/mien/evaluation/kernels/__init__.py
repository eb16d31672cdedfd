"""The compiled loops of the metrics that look at every pixel's neighbourhood."""
