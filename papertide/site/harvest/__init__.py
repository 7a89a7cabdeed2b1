"""How harvesting goes: each source's cursor, its runs, and what it told day by day."""
