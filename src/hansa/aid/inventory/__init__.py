"""Before the day: what a member has, keeps, may not send and can send ready-made; in and out of spreadsheets.

Start in `records`: everything that can be said. `tables` say what a spreadsheet holds, `sheets` read and write its
bytes, `importing` turns rows into records, each with its receipt. `rules` answer what others ask of it.
"""
