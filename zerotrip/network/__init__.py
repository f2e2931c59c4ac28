"""The timetable of the post, how punctual it is, and the promise that follows from both."""
