"""What other systems read of aid and tell it: EDXL-RM in EDXL-DE, CAP, GeoJSON, iCalendar, CSV.

xml        bytes from outside, read without trusting them
rm, de     the messages and their envelope, as data and as XML
machine    which message may follow which, and where an exchange then stands
outgoing   rows into messages
incoming   messages into drafts, which an officer confirms one by one or declines
cap, atom  a call as an alert, its updates and its end; all calls as a feed of alerts
feeds      what programs fetch by a token of their own, one for each feed
views      what an officer saved of the needs board
"""
