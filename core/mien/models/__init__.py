"""The networks: HeadsUp, one for everybody; what they are built of."""
