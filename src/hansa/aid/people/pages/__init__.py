"""What people see of the people of missions, and say of them.

overview  all missions with people, one mission's roster
acts      listing, check-in, release, homecoming, shifts, hours, rest rules
several   listing many people from pasted lines
rolls     accountability calls
papers    check-in list and activity log as PDF
panels    what waits at home
"""
