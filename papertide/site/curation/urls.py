"""The addresses of submissions and of curators."""

from django.urls import path

from papertide.site.curation import pick_views, views

urlpatterns = [
    path("submit", views.submit, name="submit"),
    path("submissions", views.submissions, name="submissions"),
    path("submissions/review", views.review, name="review-submissions"),
    path("picks", pick_views.picks, name="picks"),
    path("picks/<day:day>", pick_views.draft, name="draft"),
    path("curators", pick_views.curators, name="curators"),
    path("curators/<str:handle>", pick_views.curator, name="curator"),
]
