"""Curation: submissions, curators' picks, and what they draw up ahead."""
