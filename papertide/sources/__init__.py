"""Where papers come from: one module a source, each turning its own form into records."""
