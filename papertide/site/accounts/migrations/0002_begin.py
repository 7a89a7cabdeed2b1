"""The table of the cache, and accounts for the users that there are."""

from django.core.management import call_command
from django.db import migrations


def begin(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)
    Account = apps.get_model("accounts", "Account")
    for user in apps.get_model("auth", "User").objects.all():
        role = "admin" if user.is_superuser else "reader"
        Account.objects.create(user=user, handle=user.username.lower(), role=role)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
