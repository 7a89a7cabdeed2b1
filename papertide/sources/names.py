"""What sources are called. Imports nothing: shells ask while one types."""

SOURCES = {  # what readers know them as, and may narrow a search to
    "acl": "ACL Anthology",
    "arxiv": "arXiv",
    "biorxiv": "bioRxiv",
    "huggingface": "Hugging Face Daily Papers",
    "landmarks": "Landmarks",
    "medrxiv": "medRxiv",
    "openreview": "OpenReview",
    "papertide": "Papertide",
    "saved-page": "Saved pages",
}
