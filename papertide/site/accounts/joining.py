"""What happens when somebody gets a user, signs in, or goes."""

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver

from papertide.site.accounts import services
from papertide.site.accounts.models import Account
from papertide.site.pages import READER
from papertide.site.readers import joining as readers


@receiver(post_save, sender=get_user_model())
def _account(instance, created, raw, update_fields, **_):
    """A new user has an account and a reader; admins are Django's superusers, and the other way
    round. Whoever makes one at the console is believed about their address."""
    if raw:
        return
    handle = instance.username.lower()
    if created:
        role = "admin" if instance.is_superuser else "reader"
        account = Account.objects.create(user=instance, handle=handle, role=role)
        readers.begin(account.reader_key)
        if instance.is_superuser and instance.email:
            EmailAddress.objects.create(
                user=instance, email=instance.email.lower(), primary=True, verified=True
            )
    elif update_fields is None:
        account = Account.objects.filter(user=instance)
        account.update(handle=handle)
        if instance.is_superuser:
            account.update(role="admin")
        else:
            account.filter(role="admin").update(role="reader")


@receiver(post_save, sender=Account)
def _powers(instance, raw, **_):
    if raw:
        return
    admin = instance.role == "admin"
    users = get_user_model().objects.filter(pk=instance.pk)
    users.exclude(is_superuser=admin).update(is_superuser=admin, is_staff=admin)
    if "user" in instance._state.fields_cache:
        instance.user.is_superuser = instance.user.is_staff = admin


@receiver(pre_delete, sender=get_user_model())
def _erase(instance, **_):
    if held := Account.objects.select_related("user").filter(pk=instance.pk).first():
        services.erase(held)


@receiver(user_logged_in)
def _bring_along(request, user, **_):
    """What a browser kept before its reader signed in is the account's from now on."""
    readers.merge(request.COOKIES.get(READER, ""), user.account.reader_key)
