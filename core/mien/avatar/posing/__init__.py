"""The kernel that poses a rig, and the Gaussians bound to it, in one launch.

A pose goes through three phases, chunk by chunk: `displacing` sums the morph targets, `deforming`
finds how the surface turned and stretched and moves it along with the joints, `carrying` takes the
Gaussians along. `kernel` calls them all, `joints` says how the skeleton moves, `quaternions` and
`chunks` are what they share.
"""
