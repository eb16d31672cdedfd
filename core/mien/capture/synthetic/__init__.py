"""People who never lived, and the stage and rigs they are filmed on."""
