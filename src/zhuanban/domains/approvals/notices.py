"""Who hears of what happens in approvals."""

from zhuanban.domains.approvals import case_notices as case_notices
from zhuanban.domains.approvals import permit_notices as permit_notices
