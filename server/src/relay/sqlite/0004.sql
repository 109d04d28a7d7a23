-- When it was decided, milliseconds since 1970 UTC. Unknown before this column.
ALTER TABLE verdict ADD COLUMN at INTEGER;
