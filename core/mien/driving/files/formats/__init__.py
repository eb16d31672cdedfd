"""The track formats: a module here with a `@TRACK_FORMATS.register` line is a format."""
