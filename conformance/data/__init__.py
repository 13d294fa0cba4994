"""The data of a job: from the recipe that the plan drew to rows, and from rows to the files of a channel.

Everything here is a pure function of the manifest and the job, so that a job has the same files everywhere.
"""
