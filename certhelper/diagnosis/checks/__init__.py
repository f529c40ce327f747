"""One module a check: ``check(scene)`` returns its findings, at least one."""
