"""What the tests of approvals share."""

from permit_hall import hall as hall  # the fixture
