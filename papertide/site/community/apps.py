from django.apps import AppConfig


class CommunityConfig(AppConfig):
    name = "papertide.site.community"
    verbose_name = "Community"

    def ready(self):
        from django.contrib.auth import get_user_model
        from django.db.models.signals import pre_delete

        from papertide.site.accounts.signals import erasing, exporting
        from papertide.site.catalog.here import TELLERS
        from papertide.site.catalog.signals import absorbed
        from papertide.site.community import leaving, moderation, reports, rings, tallies
        from papertide.site.desk import WAITING, Waiting
        from papertide.site.reportable import REPORTABLE, Reportable

        TELLERS.append(tallies)
        absorbed.connect(leaving.move)
        exporting.connect(leaving.export)
        erasing.connect(leaving.erase)
        # Also where a user is deleted otherwise, as in the admin.
        pre_delete.connect(leaving.erase_deleted, sender=get_user_model())
        WAITING.extend([
            Waiting("Reports", "moderation-reports", reports.count_open),
            Waiting("Comments to look at", "moderation-comments", moderation.count_watched),
            Waiting("Votes that came together", "moderation-votes", rings.count),
        ])  # fmt: skip
        REPORTABLE.update({
            "comment": Reportable(reports.comment, moderation.hide, moderation.restore),
            "paper": Reportable(reports.paper),
            "account": Reportable(reports.account),
        })  # fmt: skip
