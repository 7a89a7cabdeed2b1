"""What a reader will want to read: plain arrays in, scores out."""
