"""The people of a mission: roster, check-in, accountability, hours, rest, and the way home. Names stay with the giver."""
