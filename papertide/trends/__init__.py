"""What rises, and what will: signals and hotness, forecasts of votes, growing topics, plots."""
