"""What people see of the pact and say to it. Nothing here decides: rules, records and ledger do.

calls wizard acts   a call for aid: read it, make it, change it, answer it
duties              the duty ledger over all calls
members officers    who is a member, who acts for it, how one joins and leaves
charter amend       what the members agreed to, and how they change it
facts notes         what is known, with its sources, and what officers say about it
"""
