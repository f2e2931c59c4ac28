from django.urls import path

from zerotrip.gateway.pages import partners

app_name = "gateway"
urlpatterns = [
    path("desk/partners", partners.every, name="partners"),
    path("desk/partners/register", partners.register, name="register"),
    path("desk/partners/<int:partner_id>", partners.partner, name="partner"),
]
