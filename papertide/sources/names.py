"""What sources are called. Imports nothing: shells ask while one types."""

SOURCES = {  # what readers know them as, and may narrow a search to
    "acl": "ACL Anthology",
    "arxiv": "arXiv",
    "bibtex": "BibTeX files",
    "biorxiv": "bioRxiv",
    "crossref": "Crossref",
    "csl": "CSL-JSON files",
    "huggingface": "Hugging Face Daily Papers",
    "landmarks": "Landmarks",
    "medrxiv": "medRxiv",
    "openalex": "OpenAlex",
    "openreview": "OpenReview",
    "papertide": "Papertide",
    "ris": "RIS files",
    "saved-page": "Saved pages",
    "semanticscholar": "Semantic Scholar",
    "zotero": "Zotero",
}
