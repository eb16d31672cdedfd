"""Training HeadsUp: people from captures, views in, held-out views out, exactly resumable."""
