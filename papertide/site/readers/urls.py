"""The addresses of what is a reader's own."""

from django.urls import path

from papertide.site.readers import search_views, seen_views, views

urlpatterns = [
    path("saved", views.saved, name="saved"),
    path("saved.bib", views.saved_bibtex, name="saved-bibtex"),
    path("saved/library", views.own_library, name="own-library"),
    path("searches", search_views.searches, name="searches"),
    path("seen", seen_views.seen, name="seen"),
    path("visit", seen_views.visit, name="visit"),
    path("appearance", views.appearance, name="appearance"),
]
