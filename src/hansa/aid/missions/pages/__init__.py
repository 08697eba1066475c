"""What people see of missions and say to them. Nothing here decides: records, rules and gates do.

missions   one mission with its timeline, gates and papers; the list of all
offers     offer, change the offer, withdraw it; sign and countersign
orders     give the order, and say what has happened since; recall; stay longer
told       the timeline, and what differs between two versions
steps      what whoever looks may do next
papers     the three-part form and the resource request as PDF
panels     what missions add to pages of other parts
"""
