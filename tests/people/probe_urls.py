"""The site's addresses and three probes: a page, a page that asks by itself, and an operation of the API that waives CSRF."""

from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from zhuanban.kernel.public import background, public
from zhuanban.site import urls


def probe(request):
    return HttpResponse(f"{request.user.username} {request.LANGUAGE_CODE}")


@csrf_exempt
def api_probe(request):
    return JsonResponse({"user": request.user.username})


urlpatterns = [
    path("probe/", probe),
    path("probe/open/", public(lambda request: HttpResponse("open"))),
    path("probe/background/", background(lambda request: HttpResponse("quiet"))),
    path("api/probe/", api_probe),
    *urls.urlpatterns,
]
handler404 = urls.handler404
