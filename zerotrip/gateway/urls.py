from django.urls import path

from zerotrip.gateway.pages import exports, partners, webhooks
from zerotrip.gateway.trackers import desk as tracker_desk
from zerotrip.gateway.trackers import pages as trackers

app_name = "gateway"
urlpatterns = [
    path("poll", trackers.subscribe, name="tracker_subscribe"),
    path("poll/query.do", trackers.query, name="tracker_query"),
    path("desk/operations/trackers", tracker_desk.trackers, name="trackers"),
    path("desk/operations/trackers/<str:customer>/again", tracker_desk.again, name="tracker_again"),
    path("desk/partners", partners.every, name="partners"),
    path("desk/partners/register", partners.register, name="register"),
    path("desk/partners/<int:partner_id>", partners.partner, name="partner"),
    path("desk/operations/webhooks", webhooks.webhooks, name="webhooks"),
    path("desk/operations/webhooks/register", webhooks.register, name="webhook_register"),
    path("desk/operations/webhooks/<uuid:public_id>", webhooks.webhook, name="webhook"),
    path("desk/operations/webhooks/<uuid:public_id>/<int:sequence>", webhooks.message, name="webhook_message"),
    path("desk/projects/exports", exports.exports, name="exports"),
    path("desk/projects/exports/progress", exports.export_progress, name="export_progress"),
    path("desk/projects/exports/<uuid:public_id>", exports.export, name="export"),
    path("desk/projects/exports/<uuid:public_id>/file", exports.export_file, name="export_file"),
    path("desk/projects/exports/<uuid:public_id>/stop", exports.export_stop, name="export_stop"),
    path("desk/operations/portal", exports.portal_rows, name="portal"),
    path("desk/operations/portal/<int:row_id>/again", exports.portal_again, name="portal_again"),
]
