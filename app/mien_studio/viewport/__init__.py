"""The viewport: pictures of A and B on the screen, and the hands that move the camera."""
