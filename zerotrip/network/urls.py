from django.urls import path

from zerotrip.network import pages

app_name = "network"
urlpatterns = [
    path("desk/network/", pages.home, name="home"),
    path("desk/network/punctuality", pages.punctuality, name="punctuality"),
    path("desk/network/<int:feed_id>/activate", pages.activate, name="activate"),
    path("desk/network/<int:feed_id>/retire", pages.retire, name="retire"),
]
