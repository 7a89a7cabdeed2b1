"""What sources are called. Imports nothing: shells ask while one types."""

SOURCES = {  # what readers know them as, and may narrow a search to
    "arxiv": "arXiv",
    "huggingface": "Hugging Face Daily Papers",
    "landmarks": "Landmarks",
    "papertide": "Papertide",
    "saved-page": "Saved pages",
}
