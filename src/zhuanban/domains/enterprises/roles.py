"""What each role may do with the files of enterprises."""

from zhuanban.kernel.roles import allow

allow("enterprise_admin", "enterprise_staff", "owner", "resident_officer", "centre_dispatcher", verbs=("enterprises.tell_fact",))
allow("centre_dispatcher", verbs=("enterprises.open_file", "enterprises.assign_officer", "enterprises.relieve_officer"))
