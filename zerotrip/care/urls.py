from django.urls import path

from zerotrip.care import pages

app_name = "care"
urlpatterns = [
    path("desk/exceptions", pages.exceptions, name="exceptions"),
    path("desk/exceptions/<int:trouble_id>", pages.exception, name="exception"),
    path("desk/exceptions/<int:trouble_id>/take", pages.take, name="take"),
]
