"""What happens when somebody gets a user, or signs in."""

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.dispatch import receiver

from papertide.site.accounts.models import Account
from papertide.site.pages import READER
from papertide.site.readers import joining as readers


@receiver(post_save, sender=get_user_model())
def _account(instance, created, raw, **_):
    if created and not raw:
        role = "admin" if instance.is_superuser else "reader"
        account = Account.objects.create(user=instance, role=role)
        readers.begin(account.reader_key)


@receiver(user_logged_in)
def _bring_along(request, user, **_):
    """What a browser kept before its reader signed in is the account's from now on."""
    readers.merge(request.COOKIES.get(READER, ""), user.account.reader_key)
