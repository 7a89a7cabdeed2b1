from django.apps import AppConfig


class EditionsConfig(AppConfig):
    name = "papertide.site.editions"
    verbose_name = "Editions"

    def ready(self):
        from papertide.site.catalog.signals import absorbed
        from papertide.site.editions import services

        absorbed.connect(services.move)
