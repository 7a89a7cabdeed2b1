from allauth.account.views import logout
from django.urls import path

from papertide.site.accounts import views
from papertide.site.same_origin import same_origin

urlpatterns = [
    path("account", views.account, name="account"),
    path("account/export", views.export, name="account_export"),
    path("account/delete", views.delete, name="account_delete"),
    path("account/people", views.people, name="account_people"),
    # Every page has a button for it: without a token, pages stay the same and can be cached.
    path("account/logout/", same_origin(logout), name="account_logout"),
]
