"""HeadsUp measured: against baselines in one table, and its scaling as curves."""
