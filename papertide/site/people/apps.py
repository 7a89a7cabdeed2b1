from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "papertide.site.people"
    verbose_name = "People"

    def ready(self):
        from allauth.socialaccount.signals import social_account_added
        from django.contrib.auth import get_user_model
        from django.db.models.signals import post_delete, pre_delete

        from papertide.site.accounts.signals import exporting
        from papertide.site.catalog.signals import absorbed
        from papertide.site.desk import WAITING, Waiting
        from papertide.site.people import claims, collections, names, services
        from papertide.site.people.models import Collection
        from papertide.site.reportable import REPORTABLE, Reportable

        absorbed.connect(services.move)
        exporting.connect(services.kept_of)
        post_delete.connect(services.collection_gone, sender=Collection)
        social_account_added.connect(services.signed_in_elsewhere)
        pre_delete.connect(services.user_gone, sender=get_user_model())
        REPORTABLE["collection"] = Reportable(
            collections.thing, collections.hide, collections.restore
        )
        WAITING.append(Waiting("Claims of authorship", "moderation-claims", claims.waiting))
        WAITING.append(
            Waiting("Names that may be one person’s", "moderation-names", names.waiting)
        )
