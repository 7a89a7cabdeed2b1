from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "papertide.site.accounts"
    verbose_name = "Accounts"

    def ready(self):
        from papertide.site.accounts import joining  # noqa: F401  connects itself
