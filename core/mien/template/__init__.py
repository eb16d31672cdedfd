"""Head templates: the neutral surface, its UV atlas, identity and expression bases, joints."""
