"""The REST interface: takes files in, says how far they are, streams results out."""
