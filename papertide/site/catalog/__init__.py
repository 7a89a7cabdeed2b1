"""The catalogue: papers, their identities and authors, listings, and the change log."""
