"""Run by Alembic: apply the steps on the connection that the program handed over, inside its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
