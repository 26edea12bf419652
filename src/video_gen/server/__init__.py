"""The server: every client that speaks some HTTP dialect of video generation, on one core.

Belongs here: HTTP. Who a caller is, what a request's words mean in its dialect, how a job and an error look there,
files by signed links, what operators read. Does not belong here: anything a program without HTTP would want too; that
is the client's, and the rules are the engine's.

`app.create_app` puts it together; `dialects` says how a dialect is written.
"""
