"""Addresses of policies."""

from __future__ import annotations

from django.urls import URLPattern, path

from zhuanban.domains.policies.pages import claims, editor, having, library, notices, payruns, simulation

app_name = "policies"
urlpatterns: list[URLPattern] = [
    path("", library.policy_list, name="policies"),
    path("<int:pk>/", library.policy, name="policy"),
    path("<int:pk>/subscribe/", library.subscribe, name="subscribe"),
    path("letters/", library.letter_list, name="letters"),
    path("letters/<int:pk>/", library.letter, name="letter"),
    path("versions/<int:pk>/", editor.version, name="version"),
    path("versions/<int:pk>/rows/", editor.rows, name="version_rows"),
    path("versions/<int:pk>/save/", editor.save, name="version_save"),
    path("versions/<int:pk>/try/", editor.try_out, name="version_try"),
    path("mine/", having.mine, name="mine"),
    path("for/<int:pk>/", having.having, name="having"),
    path("for/<int:pk>/past/", having.past, name="past"),
    path("claims/", claims.claim_list, name="claims"),
    path("claims/<int:pk>/", claims.claim, name="claim"),
    path("claims/<int:pk>/account/", claims.account, name="claim_account"),
    path("notices/", notices.public_notices, name="notices"),
    path("entitlements/", claims.entitlement_list, name="entitlements"),
    path("payouts/", claims.payouts, name="payouts"),
    path("funds/", payruns.fund_list, name="funds"),
    path("funds/<int:pk>/", payruns.fund, name="fund"),
    path("runs/", payruns.run_list, name="pay_runs"),
    path("runs/<int:pk>/", payruns.pay_run, name="pay_run"),
    path("runs/<int:pk>/check/", payruns.pay_run_check, name="pay_run_check"),
    path("runs/<int:pk>/file.xlsx", payruns.pay_run_file, name="pay_run_file"),
    path("simulations/", simulation.simulations, name="simulations"),
    path("simulations/rebuild/", simulation.rebuild, name="rebuild_snapshot"),
    path("simulations/snapshot/", simulation.rebuilding, name="snapshot"),
    path("simulations/<int:pk>/", simulation.page, name="simulation"),
]
