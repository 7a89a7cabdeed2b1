"""Finding papers. Plain Python: no Django, no knowledge of where papers are kept."""
