"""The access log served as AuditEvent: composed from its rows when asked for, stored nowhere else."""
