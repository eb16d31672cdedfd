"""The `cpu` renderer: tiles of 4 x 4 pixel blocks, blended front to back by explicit SIMD."""
