"""A job's life: what happens to it, in which order, and how it goes on after the process was killed.

Belongs here: the workflow, the store it rests in, money held and spent, files delivered, and whatever runs jobs.
Does not belong here: what a provider's wire looks like (`protocols`), how bytes travel (`transport`, `local`), which
model is chosen (`routing`), reading a video file (`media`).

Rows are the truth: a job's row says where its workflow goes on, so any number of deliveries of "advance this job" is
harmless. `workflow.py` reads from top to bottom as that life; start there.
"""
