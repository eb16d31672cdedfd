"""The dataset layouts Mien reads, one file each."""
