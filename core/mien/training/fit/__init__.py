"""Direct reconstruction: one person's Gaussians, optimised until they look like the photographs."""
