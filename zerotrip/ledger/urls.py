"""Addresses of the operations page."""

from django.urls import path

from zerotrip.ledger import pages

app_name = "ledger"
urlpatterns = [
    path("desk/operations", pages.operations, name="operations"),
    path("desk/operations/figures", pages.figures, name="figures"),
    path("desk/operations/set-aside/<int:number>/retry", pages.retry, name="retry"),
    path("desk/operations/set-aside/<int:number>/settle", pages.settle, name="settle"),
]
