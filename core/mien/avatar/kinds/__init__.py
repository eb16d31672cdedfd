"""The kinds of avatars, one module each; those that are read from files register an opener."""
