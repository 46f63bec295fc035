"""PostgreSQL: the tables, who may touch them, and the ways in and out."""
