"""The addresses of what is a reader's own."""

from django.urls import path

from papertide.site.readers import views

urlpatterns = [
    path("saved", views.saved, name="saved"),
    path("saved.bib", views.saved_bibtex, name="saved-bibtex"),
    path("saved/library", views.own_library, name="own-library"),
    path("appearance", views.appearance, name="appearance"),
]
