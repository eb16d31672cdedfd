"""The `cpu` renderer: tiles of 4 x 4 pixel blocks, blended front to back by explicit SIMD.

A frame goes through `projection`, `depth_order`, `binning` and `raster`, all called by `forward`;
the gradient back through `raster_gradient` and `projection_gradient`, called by `backward`.
`blending` and `blending_gradient` hold the arithmetic of one block, written in the vectors of
`lanes`. `teamwork` says how threads share the work, `records` what a projected Gaussian is,
`compiling` how all of it is compiled. `drawing` and `autograd` are the ways in.
"""
