"""A session: the document, the view of it, what is loaded, and the way from both to a picture."""
