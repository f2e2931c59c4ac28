from django.urls import path

from zerotrip.places import pages

app_name = "places"
urlpatterns = [
    path("desk/places/", pages.divisions, name="divisions"),
    path("desk/places/list", pages.place_list, name="places"),
    path("desk/places/at/<str:code>", pages.place, name="place"),
    path("places/pick", pages.pick, name="pick"),
]
