"""What the readers of datasets share: calibrations, pictures, videos, archives, colour, lenses."""
