"""The pages on which this node says who witnesses whom, and who was found to contradict itself."""
