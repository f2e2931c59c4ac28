from django.urls import path, re_path

from zerotrip.catalog import offer_pages, pages

app_name = "catalog"
urlpatterns = [
    path("desk/catalog/", pages.items, name="items"),
    path("desk/catalog/new", pages.edit, name="new"),
    path("desk/catalog/import", pages.import_page, name="import"),
    re_path(r"^desk/catalog/export\.(?P<kind>xlsx|csv)$", pages.export, name="export"),
    path("desk/catalog/offers", offer_pages.offers, name="offers"),
    path("desk/catalog/offers/new", offer_pages.offer, name="offer"),
    path("desk/catalog/offers/stop", offer_pages.stop_offering, name="stop_offering"),
    path("desk/catalog/item/<str:code>", pages.item, name="item"),
    path("desk/catalog/item/<str:code>/edit", pages.edit, name="edit"),
    path("desk/catalog/item/<str:code>/changes/<int:before>/<int:after>", pages.changes, name="changes"),
    path("desk/catalog/item/<str:code>/discard", pages.discard, name="discard"),
    path("desk/catalog/item/<str:code>/<int:number>/publish", pages.publish, name="publish"),
    path("desk/catalog/item/<str:code>/<int:number>/withdraw", pages.withdraw, name="withdraw"),
]
