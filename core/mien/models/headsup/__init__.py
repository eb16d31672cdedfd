"""HeadsUp (arXiv 2605.04035): views of anybody -> a latent on the UV map -> Gaussians."""
