"""Programs that go into replication packages; they stand alone and import nothing of this one."""
