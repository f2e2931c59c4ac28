from django.urls import path

from zerotrip.counter.pages import agency, bind, case, hall, home, new_case, outlet, way

app_name = "counter"
urlpatterns = [
    path("desk/", home.home, name="home"),
    path("desk/hall", hall.hall, name="hall"),
    path("desk/hall/new", new_case.new_case, name="new"),
    path("desk/hall/bind", bind.bind, name="bind"),
    path("desk/hall/manifest", hall.open_manifest, name="open_manifest"),
    path("desk/outlet", outlet.outlet, name="outlet"),
    path("desk/outlet/send-on", outlet.send_on, name="outlet_send_on"),
    path("desk/outlet/<int:consignment_id>", outlet.accept, name="outlet_accept"),
    path("desk/find", hall.find, name="find"),
    path("desk/agency", agency.agency, name="agency"),
    path("desk/cases/<str:number>", case.case, name="case"),
    path("desk/cases/<str:number>/way", way.way, name="way"),
    path("desk/cases/<str:number>/show", case.show, name="show"),
    path("desk/cases/<str:number>/files/<str:file_id>", case.file, name="file"),
    path("desk/cases/<str:number>/files/<str:file_id>/confirm", case.confirm, name="confirm"),
    path("desk/cases/<str:number>/papers/<str:kind>.pdf", case.notice, name="notice"),
]
