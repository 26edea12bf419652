"""One prompt by several models: a batch whose rows differ in the model, and what became of each side by side.

`entry` says how a video differs from what was asked for, `view` is what a program calls.
"""
