"""Splats through CUDA: the devices and kernels at hand, and gsplat's rasteriser on tensors."""
