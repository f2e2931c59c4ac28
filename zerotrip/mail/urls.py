"""Addresses of hand-over lists, labels and public tracking."""

from django.urls import path

from zerotrip.mail import pages, tracking
from zerotrip.mail.ingest import desk as ingest_desk
from zerotrip.mail.payments import urls as money
from zerotrip.mail.silence import desk as silence_desk

app_name = "mail"
urlpatterns = [
    *money.urlpatterns,
    path("desk/manifests/", pages.manifests, name="manifests"),
    path("desk/manifests/new", pages.new, name="manifest_new"),
    path("desk/manifests/<str:number>", pages.manifest, name="manifest"),
    path("desk/manifests/<str:number>/paper.pdf", pages.paper, name="manifest_paper"),
    path("desk/mail/<str:number>/label.pdf", pages.label, name="label"),
    path("desk/operations/scans", ingest_desk.deliveries, name="deliveries"),
    path("desk/operations/scans/<int:batch_id>", ingest_desk.delivery, name="delivery"),
    path("desk/operations/silence", silence_desk.silence_limits, name="silence_limits"),
    path("t/", tracking.search, name="tracking"),
    path("t/<str:number>", tracking.track, name="track"),
]
