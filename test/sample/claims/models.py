from django.conf import settings
from django.db import models


class Fellow(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    affiliation = models.CharField(max_length=120)
    phone = models.CharField(max_length=30, blank=True)
    biography = models.TextField(blank=True)
    photo = models.FileField(upload_to="photos", blank=True)


class Claim(models.Model):
    fellow = models.ForeignKey(Fellow, on_delete=models.PROTECT)
    title = models.CharField(max_length=120)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    status = models.CharField(max_length=1, default="S")
    submitted = models.DateTimeField()
    receipt = models.FileField(upload_to="receipts", blank=True)


class Note(models.Model):
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    text = models.TextField()
    created = models.DateTimeField()


class StatusChange(models.Model):
    """Filled by the trigger claims_claim_status, whoever changes a claim."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE)
    old = models.CharField(max_length=1)
    new = models.CharField(max_length=1)
