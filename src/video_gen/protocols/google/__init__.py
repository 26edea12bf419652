"""Google's two wires: Veo's long-running predictions, and Gemini Omni's interactions.

Both are spoken at two places, the Gemini API and Google Cloud (Vertex AI): `settings.surface` of a provider says which.

Belongs here: the calls (`veo.py`, `omni.py`), what a prediction is told and answers (`prediction.py`), what an
interaction says (`interaction.py`), where a call goes (`places.py`), what a refusal means (`refusals.py`).
Does not belong here: tokens and buckets (`transport`).
"""
