"""What is said about the people of a mission.

roster  who comes, who is here, who goes home
hours   what they did from when to when, and the rest they are owed
shifts  who is planned for when, before the day
rolls   accountability calls and their answers
"""

from hansa.aid.people.records import hours, rolls, roster, shifts

__all__ = ["hours", "rolls", "roster", "shifts"]
