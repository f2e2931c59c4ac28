from django.urls import path

from zerotrip.portal.pages import apply, cases, pay, plan, public

app_name = "portal"
urlpatterns = [
    path("", public.home, name="home"),
    path("items", public.items, name="items"),
    path("items/<str:code>", public.item, name="item"),
    path("items/<str:code>/plan", plan.plan, name="plan"),
    path("apply/<str:code>", apply.apply, name="apply"),
    path("cases", cases.mine, name="cases"),
    path("cases/<str:number>", cases.case, name="case"),
    path("cases/<str:number>/pay", pay.pay, name="pay"),
    path("cases/<str:number>/withdraw", cases.withdraw, name="withdraw"),
    path("cases/<str:number>/answer", cases.answer, name="answer"),
    path("cases/<str:number>/receipt", cases.receipt, name="receipt"),
    path("cases/<str:number>/files/<str:file_id>", cases.file, name="file"),
]
