from django.apps import AppConfig


class ReadersConfig(AppConfig):
    name = "papertide.site.readers"
    verbose_name = "Readers"

    def ready(self):
        from papertide.site.catalog.signals import absorbed
        from papertide.site.readers import services

        absorbed.connect(services.move)
