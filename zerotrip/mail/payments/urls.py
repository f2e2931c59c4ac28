"""Addresses of money: tariffs, agreements, orders, reconciliations, and the channel's notices."""

from django.urls import path

from zerotrip.mail.payments import pages
from zerotrip.mail.tariffs import pages as tariffs

urlpatterns = [
    path("desk/money/", pages.home, name="money"),
    path("desk/money/orders/<str:number>", pages.order, name="money_order"),
    path("desk/money/set-aside/<int:oddity_id>/settle", pages.settle, name="money_settle"),
    path("desk/money/tariffs", tariffs.tariffs, name="tariffs"),
    path("desk/money/tariffs/<int:tariff_id>/publish", tariffs.publish, name="tariff_publish"),
    path("desk/money/tariffs/<int:tariff_id>/drop", tariffs.drop, name="tariff_drop"),
    path("desk/money/agreements", tariffs.agreements, name="agreements"),
    path("desk/money/agreements/<int:agreement_id>/end", tariffs.end, name="agreement_end"),
    path("desk/money/reconciliation/", pages.reconciliations, name="reconciliations"),
    path("desk/money/reconciliation/<str:day>", pages.reconciliation, name="reconciliation"),
    path("payments/notice", pages.notice, name="payment_notice"),
]
