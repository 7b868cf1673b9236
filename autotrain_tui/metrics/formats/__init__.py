"""The families of log lines, one file each; `find_layout` tries them in turn."""
