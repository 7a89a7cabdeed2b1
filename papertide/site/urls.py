"""The site's addresses."""

from django.contrib import admin
from django.urls import include, path

from papertide.site import design

urlpatterns = [
    path("admin/", admin.site.urls),
    path("account/", include("allauth.urls")),
    path("design", design.components, name="design"),
    path("", include("papertide.site.api.urls")),
    path("", include("papertide.site.readers.urls")),
    path("", include("papertide.site.harvest.urls")),
    path("", include("papertide.site.people.urls")),
    path("", include("papertide.site.editions.urls")),
    path("", include("papertide.site.trends.urls")),
    path("", include("papertide.site.catalog.urls")),
]
handler500 = "papertide.site.catalog.views.server_error"
