from django.db import migrations


def make_catalog(apps, schema_editor):
    """Name the catalogue, once and for all, with its first migration."""
    apps.get_model("catalog", "Catalog").objects.create()


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunPython(make_catalog, migrations.RunPython.noop)]
