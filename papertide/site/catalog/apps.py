from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "papertide.site.catalog"
    verbose_name = "Catalogue"

    def ready(self):
        from papertide.site.catalog import duplicates
        from papertide.site.desk import WAITING, Waiting

        page = "admin:catalog_possibleduplicate_changelist"
        WAITING.append(Waiting("Possible duplicates", page, duplicates.waiting))
