"""Aid between members: what is needed, pledged, sent, received, and where every thing is meanwhile.

Start in `records`: everything that can be said. `custody` is the double entry, `board` the questions.
"""
