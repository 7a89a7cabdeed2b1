"""What an abstract says: LaTeX made readable, facts, key phrases, summaries."""
