"""The screens that the journeys are walked on, and what they look for."""

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
NAME = "长春汽车城测试基地"
"""The project that a journey finds by its initials and moves on."""
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Evaluated before keys are pressed: until a page has been painted the browser throws them away."""
