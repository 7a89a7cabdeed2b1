"""The addresses of people, collections, follows, claims and authors' names."""

from django.urls import path

from papertide.site.people import claim_views, collection_views, name_views, views

urlpatterns = [
    path("people/<str:handle>", views.person, name="person"),
    path("following", views.following, name="following"),
    path("collections", collection_views.collections, name="collections"),
    path("collections/<int:number>", collection_views.short, name="collection-short"),
    *(
        path(
            f"collections/<int:number>-<str:slug>.{form}", collection_views.export,
            {"form": form}, name=f"collection-{form}",
        )
        for form in collection_views.EXPORTS
    ),
    path("collections/<int:number>-<str:slug>", collection_views.collection, name="collection"),
    path("claims", claim_views.claims, name="claims"),
    path("moderation/claims", claim_views.moderation, name="moderation-claims"),
    path("moderation/names", name_views.moderation, name="moderation-names"),
]
