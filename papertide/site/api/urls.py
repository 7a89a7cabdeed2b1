"""The addresses of the APIs; they come before those of pages, which take any id."""

from django.urls import path

from papertide.site.api import huggingface
from papertide.site.catalog import urls  # noqa: F401  (its converters)

urlpatterns = [
    path("api/daily_papers", huggingface.daily_papers, name="api-daily-papers"),
    path("api/papers/search", huggingface.search, name="api-search"),
    path("api/papers/<name:public_id>", huggingface.paper, name="api-paper"),
    path("papers/<name:public_id>.md", huggingface.markdown, name="paper-markdown"),
]
