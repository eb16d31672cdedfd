"""The parts of the main window: docks, menus, status line, files, and the actions of each."""
