"""Head templates that people bring as files or folders, one layout each."""
