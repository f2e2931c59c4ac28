from django.urls import path

from zerotrip.journey import pages

app_name = "journey"
urlpatterns = [
    path("desk/projects/coverage", pages.coverage, name="coverage"),
    path("desk/projects/coverage/t/<str:code>", pages.township, name="township"),
    path("desk/projects/coverage/run", pages.run, name="run"),
    path("desk/projects/coverage/progress", pages.progress, name="progress"),
    path("desk/projects/coverage/what-if", pages.what_if, name="what_if"),
    path("desk/projects/coverage/stations", pages.stations, name="stations"),
    path("desk/projects/coverage/stations/<int:search_id>", pages.station_search, name="station_search"),
]
