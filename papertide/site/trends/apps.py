from django.apps import AppConfig


class TrendsConfig(AppConfig):
    name = "papertide.site.trends"
