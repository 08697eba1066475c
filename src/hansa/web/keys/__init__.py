"""Which keys sign whose log, and what the members decide when all roots of one are lost."""
