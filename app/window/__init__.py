"""The main window: what it docks, its menus, its files, its clock."""
