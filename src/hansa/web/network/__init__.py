"""The pages on which this node says what it knows of the others: who is behind, who is silent, who lied."""
