"""The splat formats: a module here with a `@CLOUD_FORMATS.register` line is a format."""
