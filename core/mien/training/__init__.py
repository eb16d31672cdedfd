"""Making avatars from captures by gradient descent."""
