"""The shell of the web face: layout, sign-in, chairs, notices, home, history, live updates."""
