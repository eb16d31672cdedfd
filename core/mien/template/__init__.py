"""Head templates: the surface every avatar of one kind shares, and the ARKit vocabulary."""
