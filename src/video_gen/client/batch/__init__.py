"""Many videos from one file: read, planned and quoted as a whole, made a few at a time, each paid once.

`reading` knows files and names of columns, `identity` what makes a row the same when the batch is run again, `plan` is
the batch before anything is spent, `running` makes it, `results` writes down how each row ended, and `view` is what a
program calls. Nothing here is remembered beside the jobs themselves: a row finds its job again by its idempotency key.
"""
