from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "papertide.site.catalog"
    verbose_name = "Catalogue"
