"""Jobs: put in line, done by worker processes, followed by those who asked.

    Queue ─► rows ◄─ worker ◄─ Supervisor
                       └─ a task, found by the job's kind

`queue` is what faces use; `supervisor` keeps the workers alive; `tasks` is what a kind of job needs to be done.
"""
