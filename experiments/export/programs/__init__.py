"""What goes into replication packages: templates, and programs that stand alone and import nothing of this one."""
