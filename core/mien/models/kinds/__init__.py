"""The avatars that are networks: found by a scan; their libraries load only when one is opened."""
