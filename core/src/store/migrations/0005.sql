-- Records whose search entry says what they said before an edit: such entries are written some at a time.
CREATE TABLE stale (doc INTEGER PRIMARY KEY) STRICT;
