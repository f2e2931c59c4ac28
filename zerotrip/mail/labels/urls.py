"""Addresses of labels; part of the mail room's."""

from django.urls import path

from zerotrip.mail.labels import pages

urlpatterns = [
    path("desk/labels/", pages.home, name="labels"),
    path("desk/labels/print", pages.ask, name="labels_ask"),
    path("desk/labels/batches/<uuid:public_id>", pages.batch, name="label_batch"),
    path("desk/labels/batches/<uuid:public_id>/labels.pdf", pages.batch_file, name="label_batch_file"),
    path("desk/labels/batches/<uuid:public_id>/stop", pages.stop, name="label_batch_stop"),
    path("desk/labels/pieces/<str:number>", pages.piece, name="label_piece"),
    path("desk/mail/<str:number>/label.pdf", pages.label, name="label"),
]
