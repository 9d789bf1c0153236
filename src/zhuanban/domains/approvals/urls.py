"""Addresses of approvals."""

from __future__ import annotations

from django.urls import path

from zhuanban.domains.approvals.pages import cases, catalogue, certificates, permits, speeds

app_name = "approvals"
urlpatterns = [
    path("cases/", cases.case_list, name="cases"),
    path("cases/<int:pk>/", cases.case_page, name="case"),
    path("inbox/", cases.inbox, name="inbox"),
    path("tolerances/", cases.tolerance_list, name="tolerances"),
    path("commitments/", cases.commitment_list, name="commitments"),
    path("certificates/", certificates.certificate_list, name="certificates"),
    path("certificates/<int:pk>/", certificates.certificate_page, name="certificate"),
    path("speeds/", speeds.speeds_page, name="speeds"),
    path("claims/", speeds.claims_page, name="claims"),
    path("claims/pdf/", speeds.claims_pdf, name="claims_pdf"),
    path("catalogue/", catalogue.item_list, name="catalogue"),
    path("catalogue/versions/", catalogue.version_list, name="catalogue_versions"),
    path("catalogue/desks/", catalogue.desks, name="desks"),
    path("items/<int:pk>/", catalogue.item, name="item"),
    path("permits/", permits.permit_plan_list, name="permit_plans"),
    path("permits/steps/", permits.permit_step_list, name="permit_steps"),
    path("permits/<int:pk>/", permits.permit_plan, name="permit_plan"),
]
