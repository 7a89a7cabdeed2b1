"""The site's addresses."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from papertide.site import design

admin.site.login = secure_admin_login(admin.site.login)  # second factors count there too
urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("papertide.site.accounts.urls")),
    path("account/", include("allauth.urls")),
    path("design", design.components, name="design"),
    path("", include("papertide.site.api.urls")),
    path("", include("papertide.site.community.urls")),
    path("", include("papertide.site.readers.urls")),
    path("", include("papertide.site.harvest.urls")),
    path("", include("papertide.site.people.urls")),
    path("", include("papertide.site.editions.urls")),
    path("", include("papertide.site.curation.urls")),
    path("", include("papertide.site.trends.urls")),
    path("", include("papertide.site.catalog.urls")),
]
handler500 = "papertide.site.catalog.views.server_error"
