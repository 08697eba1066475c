"""What a mission costs: lines, evidence, what may be claimed and why, advances, settlement, the claim packet."""
