"""A map of topics: papers as points, clusters of them, names for these. Plain Python."""
