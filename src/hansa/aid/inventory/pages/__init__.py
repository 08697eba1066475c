"""What people see of the inventory and say to it. Nothing here decides: records, rules and tables do.

stock     what is here, kept back, promised, in lots
holdings  lots and the roster
limits    what may not be sent, by own law
packages  mission-ready packages and their revisions
imports   spreadsheets in and out, each row with its receipt
panels    what the inventory adds to the home page and to a member's
"""
