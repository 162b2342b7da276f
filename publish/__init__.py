"""From a build file to what readers see: preparation, audit, release, pages. Never imports the scheduler."""
