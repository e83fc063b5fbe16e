"""The processes of the system; each knows shared and contracts, never another service."""
