from django.apps import AppConfig


class CurationConfig(AppConfig):
    name = "papertide.site.curation"
    verbose_name = "Curation"

    def ready(self):
        from papertide.site import desk
        from papertide.site.accounts.signals import exporting
        from papertide.site.catalog.signals import absorbed
        from papertide.site.curation import services, submissions
        from papertide.site.editions.signals import publishing

        absorbed.connect(services.move)
        exporting.connect(services.export)
        publishing.connect(services.publish)
        desk.WAITING.append(
            desk.Waiting("Submissions", "review-submissions", submissions.to_review)
        )
