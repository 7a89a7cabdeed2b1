from django.apps import AppConfig


class HarvestConfig(AppConfig):
    name = "papertide.site.harvest"
