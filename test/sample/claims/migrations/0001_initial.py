import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="Fellow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("affiliation", models.CharField(max_length=120)),
                ("phone", models.CharField(blank=True, max_length=30)),
                ("biography", models.TextField(blank=True)),
                ("photo", models.FileField(blank=True, upload_to="photos")),
                ("user", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=10)),
                ("status", models.CharField(default="S", max_length=1)),
                ("submitted", models.DateTimeField()),
                ("receipt", models.FileField(blank=True, upload_to="receipts")),
                ("fellow", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="claims.fellow")),
            ],
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("created", models.DateTimeField()),
                ("author", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ("claim", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="claims.claim")),
            ],
        ),
    ]
