"""Addresses of hand-over lists, labels and public tracking."""

from django.urls import path

from zerotrip.mail import pages, tracking
from zerotrip.mail.bags import pages as bags
from zerotrip.mail.ingest import desk as ingest_desk
from zerotrip.mail.labels import urls as labels
from zerotrip.mail.payments import urls as money
from zerotrip.mail.silence import desk as silence_desk

app_name = "mail"
urlpatterns = [
    *money.urlpatterns,
    path("desk/manifests/", pages.manifests, name="manifests"),
    path("desk/manifests/new", pages.new, name="manifest_new"),
    path("desk/manifests/<str:number>", pages.manifest, name="manifest"),
    path("desk/manifests/<str:number>/paper.pdf", pages.paper, name="manifest_paper"),
    *labels.urlpatterns,
    path("desk/operations/scans", ingest_desk.deliveries, name="deliveries"),
    path("desk/operations/scans/<int:batch_id>", ingest_desk.delivery, name="delivery"),
    path("desk/operations/silence", silence_desk.silence_limits, name="silence_limits"),
    path("desk/bags/", bags.bags, name="bags"),
    path("desk/bags/new", bags.new, name="bag_new"),
    path("desk/bags/<str:code>", bags.bag, name="bag"),
    path("desk/holder", bags.holder, name="holder"),
    path("t/", tracking.search, name="tracking"),
    path("t/<str:number>", tracking.track, name="track"),
]
