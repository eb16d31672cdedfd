"""The seam between the headless library and Qt: the only place where core events become signals."""
