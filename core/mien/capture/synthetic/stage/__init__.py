"""The stage: a figure posed, lit and photographed through OpenGL.

What costs the most and is the same for all cameras is done once a pose: how much of the light from
every side reaches each vertex and each lock of hair (`gathering`). Cameras then only draw.
"""
