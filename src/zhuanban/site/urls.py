"""All addresses of the site."""

from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView

from zhuanban.domains.people.urls import signin_patterns
from zhuanban.kernel import api
from zhuanban.kernel.public import public
from zhuanban.site import health, pages

urlpatterns = [
    path("", include("zhuanban.domains.cockpit.urls")),
    path("", include(signin_patterns)),
    path("", include("zhuanban.domains.people.urls")),
    path("", include("zhuanban.kernel.urls")),
    path("portfolio/", include("zhuanban.domains.portfolio.urls")),
    path("plans/", include("zhuanban.domains.plans.urls")),
    path("dispatch/", include("zhuanban.domains.dispatch.urls")),
    path("campaigns/", include("zhuanban.domains.campaigns.urls")),
    path("responsibility/", include("zhuanban.domains.responsibility.urls")),
    path("problems/", include("zhuanban.domains.problems.urls")),
    path("enterprises/", include("zhuanban.domains.enterprises.urls")),
    path("approvals/", include("zhuanban.domains.approvals.urls")),
    path("factors/", include("zhuanban.domains.factors.urls")),
    path("statistics/", include("zhuanban.domains.statistics.urls")),
    path("policies/", include("zhuanban.domains.policies.urls")),
    path("api/", include(api.urls())),
    path("healthz", public(health.healthz), name="healthz"),
    path("palette/", pages.palette, name="palette"),
    path("newspaper/", pages.newspaper, name="newspaper"),
    path("settings/parameters/", pages.parameter_list, name="parameters"),
    path("audit/", pages.audit, name="audit"),
    path("favicon.ico", public(RedirectView.as_view(url=f"{settings.STATIC_URL}zhuanban/favicon.svg", permanent=True))),
]
if settings.DEMO:
    urlpatterns += [path("demo/today/", pages.move_today, name="move_today")]

handler400 = "zhuanban.kernel.middleware.bad_request"
handler403 = "zhuanban.kernel.middleware.forbidden"
handler404 = "zhuanban.kernel.middleware.not_found"
handler500 = "zhuanban.kernel.middleware.server_error"
