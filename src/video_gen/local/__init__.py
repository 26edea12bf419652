"""The embedded renderer: a picture becomes a camera move, a prompt becomes an animatic. It is no AI model.

Belongs here: drawing frames, the camera that looks at them, and the service that runs renders like a provider's jobs.
Does not belong here: encoding and reading files (`media`), deciding what a model accepts (`catalog`).
"""
