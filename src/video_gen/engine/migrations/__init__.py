"""How a store of an older version becomes one of this version, step by step and forward only.

Belongs here: one file for each step, `versions/v0001_....py`, which says in full what it changes and is never edited
after a release; and `env.py`, by which Alembic runs them on the connection it is given.
Does not belong here: what the tables are today (`engine/schema.py`).
"""
