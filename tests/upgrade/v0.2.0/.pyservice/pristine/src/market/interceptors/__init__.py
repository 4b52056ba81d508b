"""What happens around every call, one concern a file.

At start-up each concern is asked for its steps for each method; `server.pipeline` puts them around the
handler in one coroutine. A concern with nothing to do for a method costs its calls nothing.
"""
