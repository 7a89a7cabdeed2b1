"""What is rising, and what will: signals and hotness, forecasts of votes, topics that grow, plots."""
