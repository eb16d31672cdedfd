"""Splats through OpenGL 3.3: sorted on the CPU, projected and blended by the graphics card."""
