from django.urls import path

from zerotrip.demo import pages, pay
from zerotrip.demo.sandbox import pages as sandbox

app_name = "demo"
urlpatterns = [
    path("demo/inbox", pages.inbox, name="inbox"),
    path("demo/pay/api/<str:verb>", pay.api, name="cashier_api"),
    path("demo/pay/<str:token>", pay.page, name="cashier"),
    path("sandbox/", sandbox.home, name="sandbox"),
    path("sandbox/act", sandbox.act, name="sandbox_act"),
    path("sandbox/webhooks", sandbox.webhooks, name="sandbox_webhooks"),
    path("sandbox/inbox/<slug:topic>", sandbox.inbox, name="sandbox_inbox"),
]
