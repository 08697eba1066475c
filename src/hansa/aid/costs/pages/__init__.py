"""What people see of costs, and say of them.

overview  all missions with costs, the account of one, what an auditor reads
acts      lines, evidence, claims, answers, payments
packet    the claim packet: one PDF with its annexes, one CSV
panels    what waits at home
"""
