from django.urls import path

from zerotrip.people.pages import me, sign_in, staff

app_name = "people"
urlpatterns = [
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("sign-in/code", sign_in.code, name="sign_in_code"),
    path("sign-in/enrol", sign_in.enrol, name="sign_in_enrol"),
    path("sign-in/password", sign_in.new_password, name="sign_in_password"),
    path("sign-in/phone", sign_in.phone, name="sign_in_phone"),
    path("sign-in/phone/code", sign_in.phone_code, name="sign_in_phone_code"),
    path("sign-out", sign_in.sign_out, name="sign_out"),
    path("me", me.me, name="me"),
    path("desk/people", staff.staff, name="staff"),
    path("desk/people/hire", staff.hire, name="hire"),
    path("desk/people/me", staff.my_account, name="my_account"),
    path("desk/people/<int:account_id>", staff.account, name="account"),
]
