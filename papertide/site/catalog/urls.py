"""The addresses of papers and of lists of papers."""

from django.urls import path, register_converter
from django.urls.converters import PathConverter

from papertide.site.catalog import views


class Name(PathConverter):
    """An id, slug or code of any characters: old arXiv ids have a slash, others any letters."""

    regex = r"(?s:.+)"


register_converter(Name, "name")

urlpatterns = [
    path("search", views.search, name="search"),
    path("search/facets", views.search_facets, name="search-facets"),
    path("search/why", views.search_why, name="search-why"),
    path("papers/<name:public_id>.bib", views.paper_bibtex, name="paper-bibtex"),
    path("papers/<name:public_id>", views.paper, name="paper"),
    path("similar", views.similar, name="similar"),
    path("listings", views.listings, name="listings"),
    path("listing/<name:slug>", views.listing, name="listing"),
    path("author/<name:slug>", views.author, name="author"),
    path("category/<name:code>", views.category, name="category"),
    path("healthz", views.healthz, name="healthz"),
    path("robots.txt", views.robots, name="robots"),
]
