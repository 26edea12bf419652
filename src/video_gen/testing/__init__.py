"""For testing against every provider at no cost: emulators of their services, and the suite every protocol passes.

Belongs here: what a package with a protocol of its own needs to prove it; our own tests use the same.
Does not belong here: anything the product needs at work (`video-gen sandbox` aside, which serves the emulators).
"""
