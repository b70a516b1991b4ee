import django.db.models.deletion
from django.db import migrations, models

TRIGGER = """
CREATE TRIGGER "claims_claim_status" AFTER UPDATE OF "status" ON "claims_claim" WHEN OLD."status" <> NEW."status"
BEGIN
  INSERT INTO "claims_statuschange" ("claim_id", "old", "new") VALUES (NEW."id", OLD."status", NEW."status");
END
"""

VIEW = """
CREATE VIEW "claims_totals" AS
SELECT "fellow_id", COUNT(*) AS "claims", SUM("amount") AS "amount" FROM "claims_claim" GROUP BY "fellow_id"
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="StatusChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("old", models.CharField(max_length=1)),
                ("new", models.CharField(max_length=1)),
                ("claim", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="claims.claim")),
            ],
        ),
        migrations.RunSQL([TRIGGER], ['DROP TRIGGER "claims_claim_status"']),
        migrations.RunSQL([VIEW], ['DROP VIEW "claims_totals"']),
    ]
