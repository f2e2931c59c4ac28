from django.urls import path

from zerotrip.demo import pages

app_name = "demo"
urlpatterns = [path("demo/inbox", pages.inbox, name="inbox")]
