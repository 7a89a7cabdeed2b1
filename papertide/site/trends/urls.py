"""The address of what is rising."""

from django.urls import path

from papertide.site.trends import views

urlpatterns = [path("trending", views.trending, name="trending")]
