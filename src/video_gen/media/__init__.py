"""Video, sound and still files: read, check, cut, join and write them, all through PyAV.

Belongs here: anything that needs to know how a media file is built.
Does not belong here: drawing a picture (`local`), fetching or storing a file (`transport`, `engine`).

Untrusted video is opened in `opening`, and nowhere else; untrusted stills in `still`.
"""
