"""Feed-forward reconstruction with a Gaussian on every pixel: what HeadsUp is measured against."""
