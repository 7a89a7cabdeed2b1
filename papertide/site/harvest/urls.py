"""The address of the sources' page."""

from django.urls import path

from papertide.site.harvest import views

urlpatterns = [path("sources", views.sources, name="sources")]
