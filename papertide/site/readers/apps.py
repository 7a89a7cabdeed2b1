from django.apps import AppConfig


class ReadersConfig(AppConfig):
    name = "papertide.site.readers"
    verbose_name = "Readers"

    def ready(self):
        from papertide.site.accounts.signals import erasing, exporting
        from papertide.site.catalog.signals import absorbed
        from papertide.site.readers import joining, services

        absorbed.connect(services.move)
        exporting.connect(joining.export)
        erasing.connect(joining.erase)
