"""The site for programs: APIs that speak as others do. They are read only, and open to all."""
