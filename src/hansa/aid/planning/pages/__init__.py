"""What people see of planning and say to it. Nothing here decides: the planner proposes, officers do.

room       the duty room: all open calls at once, and one plan with its lines and their reasons
lending    what members would lend, and what their trucks and docks carry
proposals  what is proposed to one's own member: take it, change it, decline it
"""
