"""The polygon layers: what they are (catalogue), how a file of them is read, and what plots share with them."""
