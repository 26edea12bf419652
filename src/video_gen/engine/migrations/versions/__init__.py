"""The steps, oldest first.

Belongs here: migrations. Does not belong here: anything a migration shares with the program, which goes on changing.
"""
