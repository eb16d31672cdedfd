"""The splat formats: a module here with a `@cloud_formats.register` line is a format."""
