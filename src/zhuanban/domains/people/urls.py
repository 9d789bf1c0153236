"""Addresses of people: signing in and out at the root, the own account, and the administrators' pages."""

from django.urls import path

from zhuanban.domains.people import pages, signin
from zhuanban.kernel.pages import listing

app_name = "people"

signin_patterns = [
    path("signin/", signin.sign_in, name="signin"),
    path("signout/", signin.sign_out, name="signout"),
    path("enter/<str:token>/", signin.enter, name="enter"),
]
"""Included at the root without a namespace."""

urlpatterns = [
    path("me/", pages.me, name="me"),
    path("me/password/", pages.password, name="password"),
    path("me/second-factor/", pages.second_factor, name="second_factor"),
    path("me/language/", pages.language, name="language"),
    path("me/sessions/<int:pk>/end/", pages.end_session, name="end_session"),
    path("me/sessions/end-others/", pages.end_other_sessions, name="end_other_sessions"),
    path("me/absences/", pages.declare_absence, name="declare_absence"),
    path("me/absences/<int:pk>/end/", pages.end_absence, name="end_absence"),
    path("me/keys/", pages.create_token, name="create_token"),
    path("me/keys/<int:pk>/revoke/", pages.revoke_token, name="revoke_token"),
    path("people/accounts/", listing, {"name": "people.accounts"}, name="accounts"),
    path("people/accounts/<int:pk>/", pages.account, name="account"),
    path("people/grants/", listing, {"name": "people.grants"}, name="grants"),
    path("people/grants/<int:pk>/", pages.grant, name="grant"),
    path("people/areas/", listing, {"name": "people.areas"}, name="areas"),
    path("people/areas/<str:key>/", pages.area, name="area"),
    path("people/organisations/", listing, {"name": "people.organisations"}, name="organisations"),
    path("people/organisations/<int:pk>/", pages.organisation, name="organisation"),
]
