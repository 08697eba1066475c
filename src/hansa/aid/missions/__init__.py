"""People, teams and equipment on loan: from the request to the day when they are home and all is paid.

words      the phases, and the short lists of words
phases     what both logs say, as one phase: pure, and the same whatever arrived first
gates      what must hold before anybody leaves: pure, each with its article and remedy
standing   one promise from both logs: phase, gates, rivals; flags what officers should look at in it
models     offers, agreements, orders, receptions: each in the log of whoever said it
records    what can be said
rules      rows of both logs put together: phase, gates, clocks, contradictions
pages      the mission page, the list, and panels on pages of other parts
"""
