"""One file that holds a whole home, encrypted with age (age-encryption.org/v1), and the way back.

Inside is a tar archive: `about.json` first, then the home's files with the database as one consistent snapshot,
and `manifest.json` last, with the size and hash of every file and the head of every log. Without this
software, `age --decrypt` and `tar` give the same folder.
"""
