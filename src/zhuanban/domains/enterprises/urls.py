"""Addresses of enterprises."""

from django.urls import path

from zhuanban.domains.enterprises import pages

app_name = "enterprises"
urlpatterns = [
    path("", pages.enterprise_list, name="enterprises"),
    path("mine/", pages.mine, name="mine"),
    path("<int:pk>/", pages.enterprise, name="enterprise"),
]
