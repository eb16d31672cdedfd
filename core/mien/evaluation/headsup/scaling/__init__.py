"""How quality and cost grow: with people, with views, with the latent; as resumable studies."""
