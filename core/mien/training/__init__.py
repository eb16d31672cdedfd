"""Training: what fits Gaussians and networks to captures."""
