"""The track formats: a module here with a `@track_formats.register` line is a format."""
