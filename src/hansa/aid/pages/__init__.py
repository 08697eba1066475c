"""What people see of aid and say to it. Nothing here decides: records, board and custody do.

board      the needs of all calls: filters, search, order, CSV, paper
together   one form for several needs
needs      one need, stating, changing and cancelling it
pledges    promise, take back, accept, turn down
shipments  send, deliver, confirm, dispute, settle, give back, and where the things were meanwhile
stock      what one's own member holds and keeps back, and the catalogue
books      where every thing is, and that nothing appears or vanishes
panels     what aid adds to the home page, to a call and to a member
"""
