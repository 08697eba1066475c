"""What people see of the exchange with other systems.

messages  what came, the drafts that wait, and what goes out
feeds     tokens, and what they fetch
views     ways of looking at the needs board that an officer saved
panels    what this part adds to the board, to a call and to a need
"""
