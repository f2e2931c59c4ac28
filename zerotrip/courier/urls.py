from django.urls import path

from zerotrip.courier.pages import delivery, hand_over, home, pickup

app_name = "courier"
urlpatterns = [
    path("courier/", home.home, name="home"),
    path("courier/scan", home.scan, name="scan"),
    path("courier/tasks/<int:task_id>/take", home.take, name="take"),
    path("courier/take-out", home.take_out, name="take_out"),
    path("courier/pickup/<int:consignment_id>", pickup.pickup, name="pickup"),
    path("courier/delivery/<str:number>", delivery.delivery, name="delivery"),
    path("courier/hand-over", hand_over.hand_over, name="hand_over"),
    path("courier/hand-over/<str:number>", hand_over.manifest, name="manifest"),
]
