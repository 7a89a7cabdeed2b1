"""What readers do together: votes, comments, notices of them, reports, and their moderation."""
