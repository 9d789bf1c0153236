"""What approvals do by the clock."""

from zhuanban.domains.approvals import case_jobs as case_jobs
from zhuanban.domains.approvals import permit_jobs as permit_jobs
