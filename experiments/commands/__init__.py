"""The commands of ``microdrama``, a module each: ``add`` tells the command line of it, ``act`` does it."""
