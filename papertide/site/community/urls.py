"""The addresses of votes, comments, notices, reports and moderation."""

from django.urls import path

from papertide.site.community import desk_views, views

urlpatterns = [
    path("vote", views.vote, name="vote"),
    path("comments", views.comments, name="comments"),
    path("comments/<int:number>", views.comment, name="comment"),
    path("comments/<int:number>/answer", views.answer, name="answer"),
    path("comments/<int:number>/change", views.change, name="change-comment"),
    path("notices", views.notices, name="notices"),
    path("report", views.report, name="report"),
    path("moderation", desk_views.desk, name="moderation"),
    path("moderation/reports", desk_views.reports, name="moderation-reports"),
    path("moderation/comments", desk_views.comments, name="moderation-comments"),
    path("moderation/votes", desk_views.votes, name="moderation-votes"),
    path("moderation/decide", desk_views.decide, name="moderation-decide"),
    path("moderation/log", desk_views.log, name="moderation-log"),
]
