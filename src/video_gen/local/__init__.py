"""The embedded renderer: a picture becomes a camera move, a prompt becomes an animatic. It is no AI model.

Belongs here: drawing frames, and the camera that looks at them.
Does not belong here: encoding and reading files (`media`), deciding what a model accepts (`catalog`).
"""
